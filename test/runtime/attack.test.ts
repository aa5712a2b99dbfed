import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';
import { fill, makeHost } from '../support/attacked-host.ts';
import { call, makeDisk, siteWords, target } from '../support/launcher.ts';
import { askInCell, askNaively } from '../support/probe.ts';
import { canShow } from '../support/probe-control.ts';
import { rootOnly } from '../support/scratch.ts';

/** What is tried, the answer in the cell, and who must succeed with it: the same user, or root. */
const attacks: readonly (readonly [attempt: string, answer: string, control?: 'root'])[] = [
  ['read NEIGHBOUR', 'EACCES'],
  ['write NEIGHBOUR', 'EACCES'],
  ['empty NEIGHBOUR', 'EACCES'],
  ['chmod NEIGHBOUR', 'EPERM'],
  ['chmod-descriptor NEIGHBOUR', 'EPERM'],
  ['chown NEIGHBOUR', 'EPERM'],
  ['utime NEIGHBOUR', 'EPERM'],
  ['setxattr NEIGHBOUR', 'EPERM'],
  ['read SECRET', 'EACCES'],
  ['read /etc/debian_version', 'EACCES'],
  ['read /bin/sh', 'EACCES'],
  ['read /', 'EACCES'],
  ['make SCRATCH/file', 'EACCES'],
  ['signal PID', 'EPERM'],
  ['thread-signal PID', 'EPERM'],
  ['ptrace PID', 'EPERM'],
  ['memory PID', 'EACCES'],
  ['owner PID', 'EPERM'],
  ['prlimit PID', 'EPERM'],
  ['watch PID', 'EPERM', 'root'],
  ['affinity PID', 'EPERM'],
  ['priority PID', 'EPERM'],
  ['priority-user', 'EPERM'],
  ['abstract ABSTRACT', 'EPERM'],
  ['connect /proc/PID/rootSOCKET', 'EACCES'],
  ['exec /bin/sh', 'EACCES'],
  ['exec /usr/bin/true', 'EACCES'],
  ['namespace', 'EPERM'],
  ['clone-namespace', 'EPERM'],
  ['ring', 'EPERM'],
  ['setuid', 'EPERM', 'root'],
  ['mknod SCRATCH/node', 'EACCES', 'root'],
  ['raise', 'EPERM', 'root'],
];

/** The word and the answer, without the argument. */
function expected(attempt: string, answer: string): string {
  return `${attempt.split(' ')[0]} ${answer}`;
}

test(
  'what a guest that has broken out tries on its neighbour and the host is denied',
  rootOnly,
  async (context) => {
    const { site, probe, disk, things } = await makeHost(context);
    const attempts = attacks.map(([attempt]) => fill(attempt, things));
    const answers = askInCell(site, probe, attempts, {
      words: ['-drive', `file=${disk},format=raw`],
    });
    assert.deepEqual(
      answers,
      attacks.map(([attempt, answer]) => expected(attempt, answer)),
    );
  },
);

test(
  'each of them succeeds without the cell, so the test above can tell',
  rootOnly,
  async (context) => {
    const { probe, things } = await makeHost(context);
    for (const root of [false, true]) {
      const tried = attacks.filter(([attempt, , control]) => {
        return (control === 'root') === root && canShow(attempt);
      });
      const attempts = tried.map(([attempt]) => fill(attempt, things));
      assert.deepEqual(
        askNaively(probe, attempts, { asRoot: root, wrapper: ['prlimit', '--nofile=512:1024'] }),
        tried.map(([attempt]) => expected(attempt, 'ok')),
      );
    }
  },
);

test('what a guest needs of its own is not denied', rootOnly, async (context) => {
  const { site, probe, disk } = await makeHost(context);
  const attempts = [
    `read ${disk}`,
    `write ${disk}`,
    `futimens ${disk}`,
    `make ${site.run}/probe/file`,
    'read /dev/urandom',
    'write /dev/null',
    'read /proc/self/status',
    'read /etc/passwd',
    'signal 0',
  ];
  const words = ['-drive', `file=${disk},format=raw`];
  const answers = askInCell(site, probe, attempts, { words });
  assert.deepEqual(
    answers.slice(0, -1),
    attempts.slice(0, -1).map((attempt) => expected(attempt, 'ok')),
  );
  // A whole group of processes: the launcher's waiting parent is among them.
  assert.equal(answers.at(-1), 'signal EPERM');
});

test(
  'a disk that QEMU only reads it cannot write, whatever its mode',
  rootOnly,
  async (context) => {
    const { site, probe } = await makeHost(context);
    const iso = makeDisk(site, 'read.iso', target);
    const attempts = [`read ${iso}`, `write ${iso}`, `empty ${iso}`];
    const inCell = askInCell(site, probe, attempts, { words: ['-cdrom', iso] });
    assert.deepEqual(inCell, ['read ok', 'write EACCES', 'empty EACCES']);
    assert.deepEqual(askNaively(probe, attempts), ['read ok', 'write ok', 'empty ok']);
  },
);

test(
  '--landlock off leaves the neighbour’s files to their modes, and says so',
  rootOnly,
  async (context) => {
    const { site, probe, things } = await makeHost(context);
    const words = ['read NEIGHBOUR', 'exec /bin/sh', 'chmod NEIGHBOUR', 'watch PID'];
    const attempts = words.map((each) => fill(each, things));
    const off = ['--landlock', 'off'];
    assert.deepEqual(askInCell(site, probe, attempts, { options: off }), [
      'read ok',
      'exec ok',
      'chmod EPERM',
      'watch EPERM',
    ]);
    const { stderr } = call(siteWords(site, 'run', ...off, '--', '/bin/true'));
    assert.match(stderr, /warning: --landlock off: QEMU can open every file that its user may/);
  },
);

test('a key of the caller is out of reach', rootOnly, async (context) => {
  const { site, probe } = await makeHost(context);
  const key = `virt-privileges-${process.pid}`;
  const wrapper = [probe, '--with-key', key];
  assert.deepEqual(askInCell(site, probe, [`key ${key}`], { wrapper }), ['key ENOKEY']);
  assert.deepEqual(askNaively(probe, [`key ${key}`], { asRoot: true, wrapper }), ['key ok']);
});

test('memory becomes code only where QEMU must make code', rootOnly, async (context) => {
  const { site, probe } = await makeHost(context);
  // /dev/kvm is root's here, and so must the target be.
  const options = ['--user', '+0', '--group', '+0'];
  const ask = (...words: readonly string[]) => askInCell(site, probe, ['code'], { words, options });
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const isKnown = major > 6 || (major === 6 && minor >= 3);
  if (existsSync('/dev/kvm')) {
    assert.deepEqual(ask('-accel', 'kvm'), [isKnown ? 'code EACCES' : 'code ok']);
    assert.deepEqual(ask('-accel', 'kvm', '-name', 'egl-headless,gl=on'), ask('-accel', 'kvm'));
    assert.deepEqual(ask('-accel', 'kvm', '-accel', 'tcg'), ['code ok']);
    assert.deepEqual(ask('-accel', 'kvm', '-display', 'egl-headless,rendernode=/dev/null'), [
      'code ok',
    ]);
  }
  assert.deepEqual(ask(), ['code ok']);
});
