import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { native } from '../../support/native.ts';
import { compile } from '../../support/program.ts';
import { makeScratch, projectRoot, rootOnly } from '../../support/scratch.ts';
import {
  asUser,
  encode,
  inOrder,
  openSecret,
  perform,
  planWords,
  testIdentity,
} from './executor.ts';

const none = '0000000000000000';
const showStatus = ['/bin/cat', '/proc/self/status'];
test(
  'the program starts with the ids and groups of the plan and without any capability',
  rootOnly,
  () => {
    const { step, exitStatus, stdout } = perform({ argv: showStatus });
    assert.deepEqual([step, exitStatus], [null, 0]);
    const status = parseProcStatus(stdout);
    const { uid, gid, groups } = testIdentity;
    assert.deepEqual(status.uid, [uid, uid, uid, uid]);
    assert.deepEqual(status.gid, [gid, gid, gid, gid]);
    assert.deepEqual(status.groups, groups);
    const { capInh, capPrm, capEff, capBnd, capAmb } = status;
    assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], [none, none, none, none, none]);
    assert.equal(status.noNewPrivs, true);
    assert.deepEqual([status.sigIgn, status.sigBlk], [none, none]);
  },
);

test('root as the target keeps no capability either', rootOnly, () => {
  const { step, stdout } = perform({ uid: 0, gid: 0, groups: [0], argv: showStatus });
  assert.equal(step, null);
  const { uid, capPrm, capEff, capBnd, noNewPrivs } = parseProcStatus(stdout);
  assert.deepEqual([uid[1], capPrm, capEff, capBnd, noNewPrivs], [0, none, none, none, true]);
});

test('session mode gives up what the caller held', rootOnly, () => {
  const plan = { mode: 'session', argv: showStatus, parent: 0 };
  const { step, stdout } = perform(plan, { wrapper: asUser });
  assert.equal(step, null);
  const { capInh, capPrm, capEff, capAmb, capBnd, noNewPrivs } = parseProcStatus(stdout);
  assert.deepEqual([capInh, capPrm, capEff, capAmb, noNewPrivs], [none, none, none, none, true]);
  assert.notEqual(capBnd, none, 'the caller cannot empty the bounding set, and nobody says it did');
});

test('no descriptor of the caller reaches the program', rootOnly, () => {
  const secret = openSecret();
  const { stdout } = perform(
    { argv: ['/bin/ls', '/proc/self/fd'] },
    { descriptors: [secret, secret, secret] },
  );
  closeSync(secret);
  // 3 is the directory that ls itself has open.
  assert.equal(stdout, '0\n1\n2\n3\n');
});

test('the environment is the plan’s, word for word', rootOnly, () => {
  const env = ['A=1', 'B=two words', 'C='];
  assert.equal(perform({ argv: ['/usr/bin/env'], env }).stdout, 'A=1\nB=two words\nC=\n');
});

test('umask and limits are those of the plan', rootOnly, () => {
  const argv = ['/bin/sh', '-c', 'umask; ulimit -n; ulimit -Hn'];
  const { stdout } = perform({ argv, umask: '27', limits: [[7, 100, 200]] });
  assert.equal(stdout, '0027\n100\n200\n');
});

const typing = `
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
static void try_request(unsigned long request) {
	char buffer[64] = "x";
	errno = 0;
	syscall(SYS_ioctl, 1, request, buffer);
	printf("%d ", errno);
}
int main(void) {
	try_request(TIOCSTI);
	try_request(0x541C);
	try_request(0x123400000000ul | TIOCSTI);
	try_request(TCGETS);
	return 0;
}
`;

test(
  'input cannot be put into the terminal that it shares with its starter',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    chmodSync(scratch, 0o711);
    const program = compile(`${scratch}/typing`, typing);
    // EPERM (1) is the filter's word; ENOTTY (25) the kernel's, which any other request reaches.
    assert.equal(perform({ argv: [program] }).stdout, '1 1 1 25 ');
    assert.equal(execFileSync(program, { encoding: 'utf8' }), '25 25 25 25 ', 'without the filter');
  },
);

test('a limit above the hard one is a failing step', rootOnly, () => {
  const { step, errno, exitStatus } = perform({ argv: showStatus, limits: [[7, 200, 100]] });
  assert.deepEqual([step, errno, exitStatus], ['limits', 22, 125]);
});

test('a program that is gone or cannot run has its own exit status', rootOnly, () => {
  const missing = perform({ argv: ['/nonexistent'] });
  assert.deepEqual([missing.step, missing.errno, missing.exitStatus], ['exec', 2, 127]);
  const directory = perform({ argv: ['/etc'] });
  assert.deepEqual([directory.step, directory.errno, directory.exitStatus], ['exec', 13, 126]);
});

test('who is not the planned parent ends it', rootOnly, () => {
  const { step, exitStatus } = perform({ argv: showStatus, parent: 1 });
  assert.deepEqual([step, exitStatus], ['parent-death', 125]);
});

test('without the launcher’s word nothing starts', rootOnly, () => {
  const memory = native.sealedMemory('plan', encode(planWords({ argv: ['/bin/false'] })));
  const [goRead, goEnd] = native.pipe();
  const [statusEnd, statusWrite] = native.pipe();
  const child = native.spawn({
    path: join(projectRoot, 'dist/native/qemu-exec'),
    argv: ['qemu-exec', '--plan', '3', '--status', '4', '--go', '5'],
    env: [],
    descriptors: inOrder([0, 1, 2, memory, statusWrite, goRead]),
  });
  for (const descriptor of [memory, statusWrite, goRead, goEnd, statusEnd]) closeSync(descriptor);
  assert.equal(native.waitFor(child.pidfd, 10_000), 125);
});
