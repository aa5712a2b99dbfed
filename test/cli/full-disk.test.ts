import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { programFile } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const files = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/libvirt/qemu.conf': 'a=1\n',
};
const lost = 'provision: error: cannot write to stdout: ENOSPC: no space left on device, write\n';

/** Runs the program with a stdout that is always full. */
function runFull(words: readonly string[]) {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [programFile, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
    timeout: 60_000,
  });
  closeSync(full);
  return { status, stderr };
}

for (const command of [
  'targets',
  'targets --json',
  'policy',
  'status',
  'status --verbose',
  'apply --dry-run --diff --detailed-exitcode',
  'audit --watch --interval 0.1',
  'qemu-conf show',
  'qemu-conf get a',
  '--help',
  '--version',
]) {
  test(`${command} fails, once, when stdout is full`, (context) => {
    const root = makeTree(context, files);
    const { status, stderr } = runFull([...command.split(' '), '--root', root]);
    assert.equal(status, 1, stderr);
    assert.equal(stderr.split(lost).length, 2, stderr);
  });
}

test(
  'apply fails when its plan could not be printed, though the work is done',
  rootOnly,
  (context) => {
    const root = makeTree(context, files);
    const { status, stderr } = runFull(['apply', '--root', root]);
    assert.equal(status, 1, stderr);
    assert.ok(stderr.includes(lost), stderr);
    assert.equal(existsSync(join(root, 'etc/udev/rules.d/60-virt-privileges-kvm.rules')), true);
  },
);

test('a failure keeps its own status when stdout is full, too', () => {
  assert.equal(runFull(['status', '--json', '--nonsense']).status, 2);
});
