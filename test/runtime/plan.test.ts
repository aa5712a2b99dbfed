import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Site } from '../support/launcher.ts';
import {
  call,
  launcherPath,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  paused,
  siteWords,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly path?: string;
}

function planJson(site: Site, words: readonly string[], options: readonly string[] = []) {
  const { status, stdout, stderr } = call(
    siteWords(site, 'plan', '--json', ...options, '--', ...paused, ...words),
  );
  return { status, stderr, plan: JSON.parse(stdout) };
}

test(
  'every path that is missing or closed is told at once, and the plan goes on',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const closed = makeDirectory(`${site.path}/closed`, 0o700, owner);
    const disk = makeDisk(site, 'closed/disk.raw');
    const words = [
      '-drive',
      `file=${disk},format=raw`,
      '-cdrom',
      '/no-such.iso',
      '-kernel',
      '/no-kernel',
    ];
    const { status, plan } = planJson(site, words);
    assert.equal(status, 3);
    const told = plan.findings.map(({ code, path }: Finding) => `${code} ${path}`);
    assert.deepEqual(told.sort(), [
      `VP_PATH_ACCESS ${disk}`,
      'VP_PATH_MISSING /no-kernel',
      'VP_PATH_MISSING /no-such.iso',
    ]);
    const found = plan.resources.map((each: Finding & { exists: boolean }) => {
      return `${each.exists} ${each.path}`;
    });
    assert.deepEqual(found.sort(), ['false /no-kernel', 'false /no-such.iso', `true ${disk}`]);
    chmodSync(closed, 0o711);
    const rest = ['-drive', `file=${disk},format=raw`];
    assert.equal(planJson(site, rest).status, 0);
  },
);

test(
  'the text has the paths, the problems, what QEMU runs as, and the answer',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const { status, stdout, stderr } = call(
      siteWords(site, 'plan', '--name', 'x', '--', ...paused, '-cdrom', '/no-such.iso'),
    );
    assert.equal(status, 3);
    const order = [
      'path ',
      '/no-such.iso',
      'error: /no-such.iso does not',
      '  hint: ',
      'name  ',
      '`run` would refuse: 1 problem\n',
    ];
    const places = order.map((text) => stdout.indexOf(text));
    assert.ok(
      places.every((place, index) => place > (places[index - 1] ?? -1)),
      stdout,
    );
    assert.match(stderr, /^qemu-launch: error: \/no-such.iso does not exist$/m);
  },
);

test('on one terminal a problem is said once', rootOnly, (context) => {
  const site = makeSite(context);
  const words = siteWords(site, 'plan', '--', ...paused, '-cdrom', '/no-such.iso');
  const { stdout } = runTool('/bin/sh', [
    '-c',
    '"$@" 2>&1',
    'sh',
    process.execPath,
    launcherPath,
    ...words,
  ]);
  assert.equal(stdout.split('does not exist').length, 2, stdout);
});

test('root without the rights of root is told so by plan as by run', rootOnly, (context) => {
  const site = makeSite(context);
  const wrapper = ['setpriv', '--bounding-set=-chown,-setpcap'];
  const message = /this root lacks CAP_CHOWN \(to give files to QEMU\), CAP_SETPCAP/;
  const plan = call(siteWords(site, 'plan', '--', ...paused), { wrapper });
  assert.deepEqual([plan.status, message.test(plan.stderr)], [3, true], plan.stderr);
  const run = call(siteWords(site, 'run', '--', ...paused), { wrapper });
  assert.deepEqual([run.status, message.test(run.stderr)], [125, true], run.stderr);
});

test('anybody may ask what root’s launch would do', rootOnly, (context) => {
  const site = makeSite(context);
  const home = makeDirectory(`${site.path}/home`, 0o700, owner);
  const disk = makeDisk(site, 'home/disk.raw');
  const options = {
    wrapper: ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
    env: { PATH: '/usr/bin:/bin', HOME: home },
  };
  const who = ['--user', `+${target.uid}`, '--group', `+${target.gid}`];
  const words = ['plan', '--json', ...who, '--', ...paused, '-drive', `file=${disk},format=raw`];
  const { status, stdout, stderr } = call(words, options);
  assert.equal(status, 3);
  assert.match(stderr, /error: --user and --group need root/);
  const { mode, identity, resources, findings, confinement } = JSON.parse(stdout);
  assert.deepEqual([mode, identity.uid, identity.gid], ['system', target.uid, target.gid]);
  assert.deepEqual([resources[0].action, confinement.boundingSet], ['claim', 'empty']);
  assert.deepEqual(
    findings.map(({ code, path }: Finding) => [code, path]),
    [
      ['VP_SESSION_IDENTITY', undefined],
      ['VP_PATH_ACCESS', disk],
    ],
  );
});

test(
  'settings of qemu.conf that have no effect are told in one line each, and stop nothing',
  rootOnly,
  (context) => {
    const identity = `user = "+${target.uid}"\ngroup = "+${target.gid}"\n`;
    const site = makeSite(context, `${identity}namespaces = [ "mount" ]\nvnc_listen = "::"\n`);
    const program = '/bin/true';
    const { status, stderr } = call(siteWords(site, 'run', '--', program));
    assert.equal(status, 0);
    assert.equal(
      stderr,
      `qemu-launch: warning: ${site.conf}:3: namespaces has no effect here: QEMU sees the device nodes of the host (a service has DeviceAllow=)\n`,
    );
    const wrong = makeSite(context, `${identity}max_files = "many"\n`);
    const refused = call(siteWords(wrong, 'run', '--', program));
    assert.deepEqual(
      [refused.status, /qemu\.conf:3: expected an unsigned integer/.test(refused.stderr)],
      [125, true],
    );
  },
);

test('a plain user is not told about settings of the system', rootOnly, (context) => {
  const site = makeSite(context, 'namespaces = [ "mount" ]\n');
  const options = {
    wrapper: ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
    env: { PATH: '/usr/bin:/bin', HOME: makeDirectory(`${site.path}/home`, 0o700, owner) },
  };
  const asked = call(['plan', '--conf', site.conf, '--', ...paused], options);
  assert.deepEqual([asked.status, /namespaces has no effect/.test(asked.stderr)], [0, true]);
  assert.equal(call(['plan', '--', ...paused], options).stderr, '');
});

test('what the asker may not see is said to be hidden, not missing', rootOnly, (context) => {
  const site = makeSite(context);
  const home = makeDirectory(`${site.path}/home`, 0o700, owner);
  const hidden = makeDirectory(`${site.path}/hidden`, 0o710, { uid: 0, gid: target.gid });
  const options = {
    wrapper: ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
    env: { PATH: '/usr/bin:/bin', HOME: home },
  };
  const who = ['--user', `+${target.uid}`, '--group', `+${target.gid}`];
  const words = ['plan', '--json', ...who, '--', ...paused, '-cdrom', `${hidden}/x.iso`];
  const { resources, findings } = JSON.parse(call(words, options).stdout);
  assert.equal(resources[0].exists, true);
  const { code, path, message, hint } = findings.at(-1);
  assert.deepEqual(
    [code, path, message, hint],
    [
      'VP_PATH_ACCESS',
      `${hidden}/x.iso`,
      `${hidden}/x.iso cannot be looked at: permission denied`,
      'ask as root: what lies there is hidden from you',
    ],
  );
});

test('an emulator on a noexec mount is refused before anything is done', rootOnly, (context) => {
  const site = makeSite(context);
  const place = makeDirectory(`${site.path}/mount`, 0o755);
  assert.equal(runTool('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=755', 'none', place]).status, 0);
  writeFileSync(`${place}/emulator`, '#!/bin/sh\n', { mode: 0o755 });
  const { status, stderr } = call(siteWords(site, 'run', '--', `${place}/emulator`));
  assert.equal(status, 126);
  assert.equal(
    stderr,
    `qemu-launch: error: cannot execute ${place}/emulator: ${place}/emulator is on a file system that is mounted noexec
qemu-launch: hint: mount -o remount,exec ${place}
`,
  );
});

test(
  'what the ledger would refuse is foreseen, and nothing is made on the way',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const words = siteWords(site, 'plan', '--json', '--name', 'web', '--', '/bin/true');
    const codes = () => {
      const { status, stdout } = call(words);
      return [status, ...JSON.parse(stdout).findings.map(({ code }: Finding) => code)];
    };
    assert.deepEqual(codes(), [0]);
    assert.deepEqual([existsSync(site.state), existsSync(site.run)], [false, false]);
    makeDirectory(site.run, 0o711);
    makeDirectory(`${site.run}/web`, 0o700);
    assert.deepEqual(codes(), [3, 'VP_LEDGER_UNTRUSTED']);
    makeDirectory(site.state, 0o755);
    makeDirectory(`${site.state}/claims`, 0o700);
    writeFileSync(`${site.state}/claims/web.json`, '{"version":1');
    assert.deepEqual(codes(), [3, 'VP_LEDGER_DAMAGED', 'VP_LEDGER_UNTRUSTED']);
    chmodSync(`${site.state}/claims`, 0o755);
    assert.deepEqual(codes().slice(0, 2), [3, 'VP_LEDGER_UNTRUSTED']);
  },
);
