import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import { startProgram } from '../support/emulators.ts';
import { call, makeDirectory, makeDisk, makeSite, owner, type Site } from '../support/launcher.ts';
import { buildProbe } from '../support/probe.ts';
import { rootOnly } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const asUser = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];

/** The probe's answers in a launch by somebody who is not root; `words`: the launcher's, up to the probe. */
function askInSession(
  site: Site,
  probe: string,
  disk: string,
  attempts: readonly string[],
): string {
  const home = `${site.path}/home`;
  const words = ['run', '--', probe, '-drive', `file=${disk},format=raw`];
  const { status, stdout, stderr } = call(words, {
    wrapper: ['/usr/bin/setpriv', ...asUser.slice(1)],
    env: { PATH: '/usr/bin:/bin', HOME: home },
    cwd: home,
    input: attempts.map((attempt) => `${attempt}\n`).join(''),
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('a plain user’s guest has its disk, and nothing else of that user', rootOnly, (context) => {
  const site = makeSite(context);
  const probe = buildProbe(site);
  const home = makeDirectory(`${site.path}/home`, 0o700, owner);
  const [disk, other] = [makeDisk(site), makeDisk(site, 'other.raw')];
  writeFileSync(`${home}/key`, 'secret');
  chmodSync(`${home}/key`, 0o644);
  const neighbour = startProgram(context, [...asUser, 'sleep', '60']).pid;
  const attempts = [
    `read ${disk}`,
    `write ${disk}`,
    `read ${other}`,
    `chmod ${other}`,
    `read ${home}/key`,
    `signal ${neighbour}`,
    `prlimit ${neighbour}`,
    'exec /bin/sh',
  ];
  const input = attempts.map((attempt) => `${attempt}\n`).join('');
  const naive = runTool('setpriv', [...asUser.slice(1), probe], { input });
  const words = attempts.map((attempt) => attempt.split(' ')[0]);
  assert.deepEqual(
    naive.stdout.trim().split('\n'),
    words.map((word) => `${word} ok`),
  );
  assert.deepEqual(askInSession(site, probe, disk, attempts).trim().split('\n'), [
    'read ok',
    'write ok',
    'read EACCES',
    'chmod EPERM',
    'read EACCES',
    'signal EPERM',
    'prlimit EPERM',
    'exec EACCES',
  ]);
});

test(
  'it stands where its user stood, with a keyring and limits of its own',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const probe = buildProbe(site);
    const home = makeDirectory(`${site.path}/home`, 0o700, owner);
    const stdout = askInSession(site, probe, makeDisk(site), ['state']);
    const { uid, capPrm, noNewPrivs, seccomp } = parseProcStatus(stdout);
    assert.deepEqual(
      [uid[0], BigInt(`0x${capPrm}`), noNewPrivs, seccomp],
      [owner.uid, 0n, true, 2],
    );
    assert.match(stdout, new RegExp(`^Directory:\t${home}$`, 'm'));
    assert.deepEqual(
      [...stdout.matchAll(/^Fd:\t(\d+)$/gm)].map(([, number]) => number),
      ['0', '1', '2'],
    );
  },
);
