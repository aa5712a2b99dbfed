import assert from 'node:assert/strict';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { makeTree } from '../support/host.ts';
import { programFile, run } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
const release = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n' };

function runAsNobody(context: TestContext, ...words: readonly string[]) {
  return run('setpriv', [...nobody, process.execPath, copyProgram(context), ...words]);
}

test('a root that one may not write is refused, and a dry run is not', rootOnly, (context) => {
  const root = makeTree(context, release);
  chmodSync(root, 0o755);
  const { exitCode, stderr } = runAsNobody(context, 'apply', '--root', root);
  assert.equal(exitCode, 4, stderr);
  assert.match(
    stderr,
    /^provision: error: cannot apply to \S+: permission denied\nprovision: hint: run it as root; --dry-run shows what it would do\n/m,
  );
  assert.deepEqual(readdirSync(join(root, 'etc')), ['os-release']);
  assert.equal(runAsNobody(context, 'apply', '--dry-run', '--root', root).exitCode, 0);
});

test('a root that is mounted read-only is to be mounted read-write', rootOnly, (context) => {
  const root = makeTree(context, release);
  const script =
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" apply --root "$1"';
  const words = ['--mount', 'sh', '-c', script, 'sh', root, process.execPath, programFile];
  const { exitCode, stderr } = run('unshare', words);
  assert.equal(exitCode, 1, stderr);
  assert.equal(
    stderr,
    `provision: error: cannot apply to ${root}: read-only file system\nprovision: hint: mount it read-write\n`,
  );
});

test('a root of one’s own needs root all the same', rootOnly, (context) => {
  const root = makeTree(context, release);
  for (const path of ['.', 'etc']) chownSync(join(root, path), 65534, 65534);
  const { exitCode, stderr } = runAsNobody(context, 'apply', '--root', root);
  assert.equal(exitCode, 4, stderr);
  assert.match(stderr, /^provision: error: cannot apply to \S+: not root$/m);
  assert.deepEqual(readdirSync(join(root, 'etc')), ['os-release']);
});

test('a file that only root may read is named', rootOnly, (context) => {
  const root = makeTree(context, { ...release, 'etc/libvirt/qemu.conf': '' });
  chmodSync(root, 0o755);
  chmodSync(join(root, 'etc/libvirt/qemu.conf'), 0o600);
  const { exitCode, stderr } = runAsNobody(context, 'status', '--root', root);
  assert.equal(exitCode, 4, stderr);
  assert.match(
    stderr,
    /cannot read \S+\/etc\/libvirt\/qemu.conf: permission denied\n.*run it as root/,
  );
});
