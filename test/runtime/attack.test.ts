import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { release } from 'node:os';
import { type TestContext, test } from 'node:test';
import {
  call,
  makeDirectory,
  makeDisk,
  makeSite,
  type Site,
  siteWords,
  target,
} from '../support/launcher.ts';
import { askInCell, askNaively, buildProbe } from '../support/probe.ts';
import { canShow } from '../support/probe-control.ts';
import { rootOnly } from '../support/scratch.ts';

interface Host {
  readonly site: Site;
  readonly probe: string;
  /** The VM's own disk. */
  readonly disk: string;
  /** What stands in an attempt for the things of the neighbour. */
  readonly things: Readonly<Record<string, string>>;
}

async function makeHost(context: TestContext): Promise<Host> {
  const site = makeSite(context);
  const neighbour = makeDisk(site, 'neighbour.raw', target);
  chmodSync(neighbour, 0o666);
  const secret = `${site.path}/secret`;
  writeFileSync(secret, 'readable by all');
  const scratch = makeDirectory(`${site.path}/scratch`, 0o777, target);
  const pid = await startNeighbour(context);
  const abstract = `virt-privileges-${process.pid}`;
  const server = createServer().listen(`\0${abstract}`);
  context.after(() => server.close());
  await once(server, 'listening');
  return {
    site,
    probe: buildProbe(site),
    disk: makeDisk(site),
    things: {
      NEIGHBOUR: neighbour,
      SECRET: secret,
      PID: String(pid),
      SCRATCH: scratch,
      ABSTRACT: abstract,
    },
  };
}

/** A process of the same user, outside the cell. */
async function startNeighbour(context: TestContext): Promise<number> {
  const ids = [`--reuid=${target.uid}`, `--regid=${target.gid}`, '--clear-groups'];
  const words = [...ids, 'sh', '-c', 'echo; read x'];
  const child = spawn('setpriv', words, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

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
  ['exec /bin/sh', 'EACCES'],
  ['exec /usr/bin/true', 'EACCES'],
  ['namespace', 'EPERM'],
  ['clone-namespace', 'EPERM'],
  ['ring', 'EPERM'],
  ['setuid', 'EPERM', 'root'],
  ['mknod SCRATCH/node', 'EACCES', 'root'],
  ['raise', 'EPERM', 'root'],
];

function fill(attempt: string, things: Host['things']): string {
  return attempt.replace(/[A-Z]{3,}/g, (name) => things[name] ?? name);
}

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

test(
  'a writable 9p directory and a thread-context relax what they must, with a warning',
  rootOnly,
  async (context) => {
    const { site, probe, things } = await makeHost(context);
    const attempts = ['chmod NEIGHBOUR', 'read NEIGHBOUR', 'affinity PID'].map((each) =>
      fill(each, things),
    );
    const share = ['-fsdev', `local,id=f,path=${things['SCRATCH']},security_model=none`];
    assert.deepEqual(askInCell(site, probe, attempts, { words: share }), [
      'chmod ok',
      'read EACCES',
      'affinity EPERM',
    ]);
    const bound = ['-object', 'thread-context,id=t'];
    assert.deepEqual(askInCell(site, probe, attempts, { words: bound }), [
      'chmod EPERM',
      'read EACCES',
      'affinity ok',
    ]);
    const { stderr } = call(siteWords(site, 'run', '--', '/bin/true', ...share, ...bound));
    assert.match(stderr, /warning: a shared directory is writable: /);
    assert.match(stderr, /warning: a thread-context binds threads /);
  },
);
