import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { native } from '../../support/native.ts';
import { makeScratch } from '../../support/scratch.ts';
import { type FileWords, type PlanWords, testIdentity } from './executor.ts';

/** Everything that Landlock of ABI 1 can deny, and what the shell and its programs need of it. */
const handled = 0x1fff;
const useProgram = 0b1101;
const files: readonly FileWords[] = [
  ...['/usr', '/bin', '/lib', '/lib64'].map((path) => ({
    how: 'optional',
    rights: useProgram,
    path,
  })),
  ...['/proc', '/etc/ld.so.cache'].map((path) => ({ how: 'optional', rights: 0b1100, path })),
];

/** A plan in which every step has something to do, of a program that shows what it may: its status, and a secret. */
export function confinedPlan(context: TestContext): PlanWords {
  const scratch = makeScratch(context);
  chmodSync(scratch, 0o711);
  writeFileSync(`${scratch}/secret`, 'secret');
  return {
    argv: ['/bin/sh', '-c', `cat /proc/self/status; cat ${scratch}/secret 2>&1`],
    parent: 0,
    limits: [[7, 100, 200]],
    oomScore: '17',
    directory: '/usr',
    denied: 7,
    landlock: native.landlockVersion() > 0 ? [handled, 0, 0, 0] : [0, 0, 0, 0],
    files: [...files, { ...knownFile(`${scratch}/own`), rights: 0b110 }],
  };
}

/** A file that must be this very inode. */
function knownFile(path: string): FileWords {
  writeFileSync(path, '');
  const { dev, ino } = statSync(path, { bigint: true });
  return { path, device: String(dev), inode: String(ino) };
}

/** What that program has shown is all that was planned. */
export function assertConfined(stdout: string): void {
  const status = parseProcStatus(stdout);
  const none = '0000000000000000';
  const { uid, gid, groups } = testIdentity;
  assert.deepEqual([status.uid, status.gid], [Array(4).fill(uid), Array(4).fill(gid)]);
  assert.deepEqual([...status.groups], groups);
  const { capInh, capPrm, capEff, capBnd, capAmb } = status;
  assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], Array(5).fill(none));
  assert.deepEqual([status.noNewPrivs, status.seccomp], [true, 2]);
  if (native.landlockVersion() > 0) assert.doesNotMatch(stdout, /^secret/m);
}
