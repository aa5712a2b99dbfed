import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import type { CallOptions, Site } from '../support/launcher.ts';
import {
  call,
  launcherPath,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  paused,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';
import { askSocket, awaitFile } from '../support/sockets.ts';

/** Somebody without any right, at home on this site. */
function asOwner(site: Site, more: Readonly<Record<string, string>> = {}): CallOptions {
  return {
    wrapper: ['/usr/bin/setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
    env: { PATH: '/usr/bin:/bin', ...more },
    cwd: site.path,
  };
}

function makeHome(site: Site): string {
  return makeDirectory(`${site.path}/home`, 0o700, owner);
}

test(
  'without root QEMU runs as its caller, without what the caller could still give up',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const options = asOwner(site, { HOME: makeHome(site) });
    const script = `${site.path}/emulator`;
    writeFileSync(script, '#!/bin/sh\ncat /proc/self/status\n', { mode: 0o755 });
    const { status, stdout, stderr } = call(['run', '--', script], options);
    assert.equal(status, 0, stderr);
    const seen = parseProcStatus(stdout);
    const none = '0000000000000000';
    assert.deepEqual([seen.uid[0], seen.gid[0], seen.groups], [owner.uid, owner.gid, []]);
    assert.deepEqual(
      [seen.capInh, seen.capPrm, seen.capEff, seen.capAmb],
      [none, none, none, none],
    );
    assert.equal(seen.noNewPrivs, true);
  },
);

test(
  'a real QEMU on a disk of one’s own: nothing is claimed, and the plan says what it cannot do',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const options = asOwner(site, { HOME: makeHome(site) });
    const disk = makeDisk(site);
    const plan = call(['plan', '--json', '--', ...paused, '-hda', disk], options);
    assert.equal(plan.status, 0, plan.stderr);
    const { mode, confinement, resources } = JSON.parse(plan.stdout);
    assert.deepEqual(
      [mode, confinement.boundingSet, confinement.capabilities],
      ['session', 'unchanged', 'none'],
    );
    assert.deepEqual([resources[0].action, resources[0].why], ['check', 'not root: owners stay']);
    const before = statSync(disk).ctimeMs;
    // An unknown machine: QEMU has started, read its arguments and ended by itself.
    const run = call(['run', '--', ...paused, '-hda', disk, '-machine', 'nosuchmachine'], options);
    assert.equal(run.status, 1, run.stderr);
    assert.equal(statSync(disk).ctimeMs, before);
    assert.equal(existsSync(`${site.path}/home/.local/state/virt-privileges/claims/lock`), true);
  },
);

test(
  'run has a monitor of its own there too, for its caller alone, and QEMU obeys it',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const runtime = makeDirectory(`${site.path}/runtime`, 0o700, owner);
    const options = asOwner(site, { HOME: makeHome(site), XDG_RUNTIME_DIR: runtime });
    const words = [process.execPath, launcherPath, 'run', '--name', 'x', '--', ...paused];
    const [program = '', ...rest] = [...(options.wrapper ?? []), ...words];
    const launcher = spawn(program, rest, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    context.after(() => launcher.kill('SIGKILL'));
    const ended = once(launcher, 'close', { signal: AbortSignal.timeout(60_000) });
    const own = `${runtime}/virt-privileges/x`;
    const path = `${own}/qmp`;
    await awaitFile(path);
    assert.deepEqual([lstatSync(path).uid, lstatSync(own).mode & 0o7777], [owner.uid, 0o700]);
    assert.match(await askSocket(path, '', owner.uid + 1), /Permission denied/);
    const asked = '{"execute":"qmp_capabilities"}{"execute":"query-status"}{"execute":"quit"}';
    assert.match(await askSocket(path, asked, owner.uid, 3), /"status": "prelaunch"/);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(existsSync(own), false);
  },
);

test('--user and --group need root', rootOnly, (context) => {
  const site = makeSite(context);
  const options = asOwner(site, { HOME: makeHome(site) });
  for (const option of ['--user', '--group']) {
    const { status, stderr } = call(['run', option, 'daemon', '--', ...paused], options);
    assert.equal(status, 125);
    assert.match(stderr, /--user and --group need root/);
    assert.equal(call(['plan', option, 'daemon', '--', ...paused], options).status, 3);
  }
});

test('user and group of qemu.conf do not apply, its syntax still counts', rootOnly, (context) => {
  const site = makeSite(context, 'user = "nosuchuser"\n');
  const options = asOwner(site, { HOME: makeHome(site) });
  assert.equal(call(['plan', '--conf', site.conf, '--', ...paused], options).status, 0);
});

test('a disk that one may not write is named before QEMU starts', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site, 'disk.raw', { uid: 0, gid: 0 });
  const { status, stderr } = call(
    ['run', '--', ...paused, '-hda', disk],
    asOwner(site, { HOME: makeHome(site) }),
  );
  assert.equal(status, 125);
  assert.match(stderr, new RegExp(`user ${owner.uid} lacks read permission on ${disk}`));
});

test('with nowhere to keep state the error says so', rootOnly, (context) => {
  const site = makeSite(context);
  const { status, stderr } = call(['run', '--', ...paused], asOwner(site));
  assert.equal(status, 125);
  assert.match(stderr, /no directory for state: neither XDG_STATE_HOME nor HOME is set/);
  assert.match(stderr, /hint: name one with --state-dir DIR/);
});

test('a directory of PATH that one may not search is passed over', rootOnly, (context) => {
  const site = makeSite(context);
  const closed = makeDirectory(`${site.path}/closed`, 0o700);
  const options = asOwner(site, { HOME: makeHome(site), PATH: `${closed}:/usr/bin:/bin` });
  const { status, stdout, stderr } = call(['plan', '--json', '--', 'true'], options);
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).emulator.path, '/usr/bin/true');
});
