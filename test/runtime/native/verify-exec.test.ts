import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { assertHardened } from '../../support/hardening.ts';
import { buildProbe } from '../../support/probe.ts';
import { makeScratch, projectRoot, rootOnly } from '../../support/scratch.ts';

const plain = join(projectRoot, 'dist/native/verify-exec');
const out = join(projectRoot, 'build/native-sanitized');
const sanitized = join(out, 'verify-exec');
const identity = '34567:45678:45678,56789';
const none = '0'.repeat(16);
const { EACCES, ENOENT, ENOTTY } = constants.errno;

before(() => {
  const directory = join(projectRoot, 'src/runtime/native');
  execFileSync('make', ['-s', '-C', directory, 'SANITIZE=1', `OUT=${out}`, sanitized]);
});

function run(...words: readonly string[]) {
  const [program = '', ...rest] = words;
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function runAs(program: string, who: string, ...words: readonly string[]) {
  return run(program, String(process.pid), who, ...words);
}

test('it is hardened', () => {
  assertHardened(plain);
});

for (const program of [plain, sanitized]) {
  const name = program === plain ? '' : ' (with sanitizers)';

  test(`what runs as that user has its groups and no capability${name}`, rootOnly, () => {
    const { status, stdout } = runAs(program, identity, 'run', '/bin/cat', '/proc/self/status');
    assert.equal(status, 0);
    const facts = parseProcStatus(stdout);
    assert.deepEqual([facts.uid, facts.gid], [Array(4).fill(34567), Array(4).fill(45678)]);
    assert.deepEqual(facts.groups, [45678, 56789]);
    const { capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs } = facts;
    assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], Array(5).fill(none));
    assert.equal(noNewPrivs, true);
  });

  test(`who stays himself gives up what he holds${name}`, rootOnly, () => {
    const { stdout } = runAs(program, 'self', 'run', '/bin/cat', '/proc/self/status');
    const { uid, capPrm, capEff, noNewPrivs } = parseProcStatus(stdout);
    assert.deepEqual([uid[0], capPrm, capEff, noNewPrivs], [0, none, none, true]);
  });

  test(`who keeps what he holds${name}`, rootOnly, () => {
    const { stdout } = runAs(program, 'keep', 'run', '/bin/cat', '/proc/self/status');
    const { uid, capEff, noNewPrivs } = parseProcStatus(stdout);
    const own = parseProcStatus(readFileSync('/proc/self/status', 'utf8'));
    assert.deepEqual([uid, capEff, noNewPrivs], [own.uid, own.capEff, own.noNewPrivs]);
  });

  test(`what is probed, and where that ends${name}`, rootOnly, (context) => {
    const directory = makeScratch(context);
    chmodSync(directory, 0o755);
    const [file, fifo, secret] = ['file', 'fifo', 'secret'].map((each) => join(directory, each));
    writeFileSync(file ?? '', '', { mode: 0o666 });
    chmodSync(file ?? '', 0o666);
    execFileSync('mkfifo', ['--mode=666', fifo ?? '']);
    execFileSync('mknod', ['-m', '600', secret ?? '', 'c', '1', '3']);
    for (const [path, line] of [
      ['/dev/null', `version\t${ENOTTY}\t0\n`],
      [file, 'device\t0\t32768\n'],
      [fifo, 'device\t0\t4096\n'],
      [secret, `open\t${EACCES}\t0\n`],
      [join(directory, 'none'), `open\t${ENOENT}\t0\n`],
    ] as const) {
      const { status, stdout, stderr } = runAs(program, identity, 'probe-kvm', path ?? '');
      assert.deepEqual([status, stdout, stderr], [1, line, ''], path);
    }
  });

  test(`KVM itself${name}`, { skip: existsSync('/dev/kvm') ? rootOnly.skip : 'no KVM' }, () => {
    const { status, stdout } = runAs(program, 'self', 'probe-kvm', '/dev/kvm');
    assert.deepEqual([status, stdout], [0, 'done\t0\t12\n']);
  });

  for (const [words, why] of [
    [[], 'nothing'],
    [['1', 'self', 'run'], 'no program'],
    [['1', 'self', 'other', '/bin/true'], 'another verb'],
    [['1', 'self', 'probe-kvm', '/dev/kvm', 'more'], 'two devices'],
    [['x', 'self', 'run', '/bin/true'], 'a parent that is no number'],
    [['1x', 'self', 'run', '/bin/true'], 'a parent with more behind it'],
    [['1', '', 'run', '/bin/true'], 'an empty identity'],
    [['1', '-1:1:1', 'run', '/bin/true'], 'a negative uid'],
    [['1', ' 1:1:1', 'run', '/bin/true'], 'a blank'],
    [['1', '4294967295:1:1', 'run', '/bin/true'], 'the uid that means no change'],
    [['1', '99999999999999999999:1:1', 'run', '/bin/true'], 'a number without end'],
    [['1', '1:1', 'run', '/bin/true'], 'no groups'],
    [['1', '1:1:', 'run', '/bin/true'], 'an empty list of groups'],
    [['1', '1:1:1,', 'run', '/bin/true'], 'a group that is missing'],
    [['1', '1:1:1;2', 'run', '/bin/true'], 'another separator'],
    [['1', `1:1:${'1,'.repeat(4096)}1`, 'run', '/bin/true'], 'more groups than there can be'],
  ] as const) {
    test(`usage: ${why}${name}`, () => {
      const { status, stderr } = run(program, ...words);
      const text = 'verify-exec: is part of provision verify and is not called by hand\n';
      assert.deepEqual([status, stderr], [2, text]);
    });
  }

  test(`a program that is not there, or none${name}`, rootOnly, () => {
    assert.equal(runAs(program, 'self', 'run', '/nonexistent').status, 127);
    assert.equal(runAs(program, 'self', 'run', '/etc/passwd').status, 126);
  });

  test(`another parent than was said${name}`, rootOnly, () => {
    const { status, stderr } = run(program, '1', 'self', 'run', '/bin/true');
    const text = 'verify-exec: cannot become this user: No such process\n';
    assert.deepEqual([status, stderr], [125, text]);
  });
}

test('nobody but root becomes somebody else', rootOnly, () => {
  const inner = [plain, '$$', '0:0:0', 'run', '/usr/bin/id'].join(' ');
  const words = [
    '--reuid=34567',
    '--regid=45678',
    '--clear-groups',
    'sh',
    '-c',
    `${inner}; exit $?`,
  ];
  const { status, stdout, stderr } = run('setpriv', ...words);
  assert.deepEqual([status, stdout], [125, '']);
  assert.match(stderr, /^verify-exec: cannot become this user: /);
});

test('a key of the caller is out of reach of whom it becomes', rootOnly, (context) => {
  const directory = makeScratch(context);
  chmodSync(directory, 0o755);
  const probe = buildProbe({ path: directory });
  const ask = (...words: readonly string[]) => {
    const all = ['--with-key', 'verify-exec-test', ...words, probe];
    return spawnSync(probe, all, { input: 'key verify-exec-test\n', encoding: 'utf8' }).stdout;
  };
  const verify = (who: string) => ask(plain, String(process.pid), who, 'run');
  assert.equal(verify(identity), 'key ENOKEY\n');
  assert.equal(verify('keep'), 'key ok\n');
  const become = ['/usr/bin/setpriv', '--reuid=34567', '--regid=45678', '--clear-groups'];
  assert.equal(ask(...become), 'key ok\n');
});

test('it ends with whoever started it', rootOnly, async () => {
  for (const who of [identity, 'self', 'keep']) {
    const script = `${plain} $$ ${who} run /bin/sleep 60 >/dev/null & echo $!; kill -KILL $$`;
    const pid = run('sh', '-c', script).stdout.trim();
    for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 200; tries++) await sleep(25);
    assert.equal(existsSync(`/proc/${pid}`), false, who);
  }
});
