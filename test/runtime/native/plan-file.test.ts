import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { arrival, performFile, writePlan, writePlanFile } from '../../support/plan-file.ts';
import { makeScratch, projectRoot, rootOnly, rounds } from '../../support/scratch.ts';
import { encode, planWords, testIdentity } from './executor.ts';

const argv = ['/bin/cat', '/proc/self/status'];
const none = '0000000000000000';
const { uid, gid, groups } = testIdentity;

/** What must hold of whatever a plan in a file became. */
function assertConfined(text: string): void {
  const status = parseProcStatus(text);
  assert.deepEqual([status.uid, status.gid], [Array(4).fill(uid), Array(4).fill(gid)]);
  assert.deepEqual([...status.groups], groups);
  const { capInh, capPrm, capEff, capBnd, capAmb } = status;
  assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], Array(5).fill(none));
  assert.deepEqual([status.noNewPrivs, status.seccomp], [true, 2]);
}

test('root performs a plan in a file', rootOnly, (context) => {
  const { status, stdout, stderr } = performFile(writePlan(context, { argv }));
  assert.deepEqual([status, stderr], [0, '']);
  assertConfined(stdout);
});

test('who is the target already becomes the emulator', rootOnly, (context) => {
  const path = writePlan(context, { argv, limits: [[7, 512, 4096]] });
  const words = ['prlimit', '--nofile=1024:4096', 'setpriv', ...Object.values(arrival)];
  const { status, stdout, stderr } = performFile(path, words);
  assert.deepEqual([status, stderr], [0, '']);
  assertConfined(stdout);
});

const notArrived: readonly (readonly [string, keyof typeof arrival | 'limits', string, string?])[] =
  [
    ['identity', 'reuid', '--reuid=34568', 'it runs as 34568:45678, planned 34567:45678: '],
    ['identity', 'regid', '--regid=45679', 'it runs as 34567:45679, planned 34567:45678: '],
    ['groups', 'groups', `--groups=${gid}`],
    ['groups', 'groups', `--groups=${groups.join()},7`],
    ['securebits', 'securebits', '--securebits=+noroot,+noroot_locked'],
    ['limits', 'limits', '--nofile=1024:4097', 'hard limit NOFILE is 4097, planned 4096: '],
  ];

for (const [step, key, word, detail] of notArrived) {
  test(`${step} is not as planned: ${word}`, rootOnly, (context) => {
    const path = writePlan(context, { argv, limits: [[7, 512, 4096]] });
    const limit = key === 'limits' ? word : '--nofile=1024:4096';
    const changed = Object.entries(arrival).map(([name, own]) => (name === key ? word : own));
    const { status, stdout, stderr } = performFile(path, ['prlimit', limit, 'setpriv', ...changed]);
    assert.deepEqual([status, stdout], [125, '']);
    assert.equal(stderr, refusal(step, detail));
  });
}

test('a bounding set that is not empty is refused by name', rootOnly, (context) => {
  const path = writePlan(context, { argv });
  const words = Object.values({ ...arrival, bounding: '--bounding-set=-all,+chown' });
  const { status, stderr } = performFile(path, ['setpriv', ...words]);
  assert.deepEqual([status, stderr], [125, refusal('bounding')]);
});

test('root without the right to change ids is refused', rootOnly, (context) => {
  const words = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', arrival.securebits];
  const { status, stderr } = performFile(writePlan(context, { argv }), words);
  assert.deepEqual([status, stderr], [125, refusal('groups')]);
});

function refusal(step: string, detail = ''): string {
  return [
    `qemu-launch: error: step ${step} of the launch failed: ${detail}this process is not as planned, and may not change it`,
    'qemu-launch: hint: a service gets it from its unit: `provision apply --only service` writes what qemu.conf says',
    'qemu-launch: hint: give back what it was given: qemu-launch restore test',
    '',
  ].join('\n');
}

const untrusted: readonly (readonly [string, (path: string) => string | undefined])[] = [
  ['it belongs to somebody else', (path) => void chownSync(path, uid, gid)],
  ['its group may write', (path) => void chmodSync(path, 0o660)],
  ['anybody may write', (path) => void chmodSync(path, 0o642)],
  ['it has a second name', (path) => void linkSync(path, `${path}.more`)],
  ['its directory belongs to somebody else', (path) => void chownSync(dirname(path), uid, 0)],
  ['others may write to its directory', (path) => void chmodSync(dirname(path), 0o733)],
  [
    'a directory above belongs to somebody else',
    (path) => void chownSync(join(path, '../..'), uid, 0),
  ],
  [
    'it is a link',
    (path) => {
      renameSync(path, `${path}.own`);
      symlinkSync(`${path}.own`, path);
      return undefined;
    },
  ],
  [
    'a link leads to it',
    (path) => {
      symlinkSync(dirname(path), join(path, '../../way'));
      return join(path, '../../way/test.plan');
    },
  ],
  ['a step back leads to it', (path) => `${dirname(path)}/../run/test.plan`],
  ['it is a directory', (path) => dirname(path)],
  ['it is not there', (path) => `${path}.gone`],
  ['it is empty', (path) => void writePlanFile(path, new Uint8Array())],
  [
    'a plan for session mode is not for root to bring',
    (path) => void writePlanFile(path, encode(planWords({ argv, mode: 'session', parent: 0 }))),
  ],
];

for (const [what, change] of untrusted) {
  test(`a plan in a file is refused: ${what}`, rootOnly, (context) => {
    const path = writePlan(context, { argv });
    assert.equal(performFile(path).status, 0, 'it runs before');
    const { status, stdout, stderr } = performFile(change(path) ?? path);
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, /^qemu-launch: error: step plan of the launch failed: /);
  });
}

test('without root: only the caller’s own, below its runtime directory', rootOnly, (context) => {
  const place = join(makeScratch(context), 'runtime');
  mkdirSync(place);
  for (const each of [place, join(place, '..')]) chownSync(each, uid, gid);
  const path = join(place, 'test.plan');
  writeFileSync(path, encode(planWords({ argv, mode: 'session', parent: 0 })), { mode: 0o600 });
  chownSync(path, uid, gid);
  const call = (runtime: string) =>
    performFile(path, ['setpriv', ...Object.values(arrival)], { XDG_RUNTIME_DIR: runtime });
  const { status, stdout } = call(place);
  assert.equal(status, 0);
  assert.deepEqual(parseProcStatus(stdout).uid, Array(4).fill(uid));
  for (const elsewhere of ['/run/user/0', `${place}x`, '', '/']) {
    assert.match(call(elsewhere).stderr, /step plan of the launch failed: Operation not permitted/);
  }
  chownSync(path, 34568, gid);
  assert.equal(call(place).status, 125);
});

test('a file that was exchanged is named and refused', rootOnly, (context) => {
  const scratch = makeScratch(context);
  // It is opened as the target, which must get there.
  chmodSync(scratch, 0o711);
  const disk = join(scratch, 'disk');
  writeFileSync(disk, 'one');
  const { dev, ino } = statSync(disk, { bigint: true });
  const plan = writePlan(context, {
    argv,
    files: [{ path: disk, device: String(dev), inode: String(ino) }],
  });
  assert.equal(performFile(plan).status, 0);
  writeFileSync(`${disk}.new`, 'another');
  renameSync(`${disk}.new`, disk);
  const { status, stderr } = performFile(plan);
  assert.equal(status, 125);
  assert.match(
    stderr,
    new RegExp(`error: step files of the launch failed: ${disk}: Stale file handle\n`),
  );
});

test('a file that is gone is named and refused', rootOnly, (context) => {
  const plan = writePlan(context, {
    argv,
    files: [{ path: '/nowhere/disk', device: '1', inode: '1' }],
  });
  const { status, stderr } = performFile(plan);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /step files of the launch failed: \/nowhere\/disk: No such file or directory/,
  );
});

test('an emulator that cannot be executed has its own status', rootOnly, (context) => {
  const missing = performFile(writePlan(context, { argv: ['/nowhere/qemu'] }));
  assert.equal(missing.status, 127);
  assert.equal(performFile(writePlan(context, { argv: ['/etc/passwd'] })).status, 126);
});

let sanitized = '';

before(() => {
  const out = join(projectRoot, 'build/native-sanitized-file');
  const words = ['-s', '-C', join(projectRoot, 'src/runtime/native'), 'SANITIZE=1', `OUT=${out}`];
  execFileSync('make', [...words, `${out}/qemu-exec`]);
  sanitized = `${out}/qemu-exec`;
});

test('damaged files never trip the sanitizers', rootOnly, (context) => {
  const files = [{ path: '/etc/passwd', device: '1', inode: '2' } as const];
  const path = writePlan(context, { argv: ['/bin/true'], files, limits: [[7, 512, 4096]] });
  const good = readFileSync(path);
  for (let round = 0; round < rounds(60, 3000); round++) {
    const damaged = damage(good, round);
    writePlanFile(path, damaged);
    const { status, stderr } = performFile(path, [], {}, sanitized);
    // 1 is what a sanitizer's report ends with: everything else is a judged plan. It reports too when the damage makes
    // a limit one of memory, of which the sanitizer itself needs more.
    const isStarved = /AddressSanitizer failed to allocate/.test(stderr);
    assert.ok(
      status !== null && (status !== 1 || isStarved),
      `${damaged.toString('latin1')}: ${stderr}`,
    );
  }
});

/** Deterministic damage: words exchanged, doubled, emptied, or numbers made large. */
function damage(bytes: Buffer, seed: number): Buffer {
  const words = bytes.toString('latin1').split('\0');
  const at = (seed * 7919) % words.length;
  const other = (seed * 104729) % words.length;
  const [one = '', two = ''] = [words[at], words[other]];
  const kinds: readonly (readonly string[])[] = [
    words.with(at, two).with(other, one),
    words.toSpliced(at, 0, one),
    words.with(at, ''),
    words.with(at, '18446744073709551615'),
    words.with(at, String((seed % 64) + 1)),
    words.slice(0, at),
  ];
  return Buffer.from((kinds[seed % kinds.length] ?? []).join('\0'), 'latin1');
}
