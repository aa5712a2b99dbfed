import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { describeRoot, makeOldRoot } from '../../support/applied-root.ts';
import { run, runProvision } from '../../support/run-provision.ts';
import { isRoot, rootOnly } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';

function mount(...words: readonly string[]): void {
  execFileSync('mount', words);
}

/** Mounts a small file system over a directory, with what the directory held in it. */
function coverWithTmpfs(directory: string, size: string): void {
  const held = join(directory, '../held');
  execFileSync('cp', ['-a', directory, held]);
  mount('-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'tmpfs', directory);
  execFileSync('cp', ['-a', `${held}/.`, directory]);
  execFileSync('rm', ['-r', held]);
}

/** Has less than a block left on the file system of a directory. */
function fill(directory: string): void {
  run('dd', ['if=/dev/zero', `of=${join(directory, 'ballast')}`, 'bs=4096']);
}

function bindReadOnly(directory: string): void {
  mount('--bind', directory, directory);
  mount('-o', 'remount,bind,ro', directory);
}

interface Refusal {
  readonly name: string;
  readonly prepare: (root: string) => void;
  /** ROOT stands for the image's path. */
  readonly message: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    name: 'a read-only /etc',
    prepare: (root) => bindReadOnly(join(root, 'etc')),
    message: /error: cannot apply to \S+: read-only file system$/m,
  },
  {
    name: 'a read-only directory of one file',
    prepare: (root) => bindReadOnly(join(root, 'etc/libvirt')),
    message: /error: cannot write \S+\/etc\/libvirt\/qemu\.conf: read-only file system$/m,
  },
  {
    name: 'a read-only /var',
    prepare: (root) => {
      mkdirSync(join(root, 'var'));
      bindReadOnly(join(root, 'var'));
    },
    message: /error: cannot write \S+\/applies\/new: read-only file system$/m,
  },
  {
    name: 'a full /etc',
    prepare: (root) => {
      coverWithTmpfs(join(root, 'etc'), '1m');
      fill(join(root, 'etc'));
    },
    message:
      /error: cannot write \S+\/etc\/passwd: \d+ bytes are free on its file system, and \d+ are/,
  },
  {
    name: 'a full /var',
    prepare: (root) => {
      mkdirSync(join(root, 'var'));
      coverWithTmpfs(join(root, 'var'), '64k');
      fill(join(root, 'var'));
    },
    message:
      /error: cannot write \S+\/applies\/new: \d+ bytes are free on its file system, and \d+ are/,
  },
  {
    name: 'a file system without inodes',
    prepare: (root) => {
      coverWithTmpfs(join(root, 'etc/libvirt'), '1m,nr_inodes=2');
    },
    message: /error: cannot write \S+\/qemu\.conf: its file system has no inode left$/m,
  },
];

for (const { name, prepare, message } of refusals) {
  test(`apply refuses ${name} before anything changes`, rootOnly, (context) => {
    const root = makeOldRoot(context);
    prepare(root);
    const before = describeRoot(root);
    const { exitCode, stderr } = runProvision('apply', '--root', root);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, message);
    assert.deepEqual(describeRoot(root), before);
    assert.deepEqual(namesBelow(join(root, 'var')), []);
  });
}

function namesBelow(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name !== 'ballast');
  } catch {
    return [];
  }
}

test('an immutable file is found before anything changes', canChattr(), (context) => {
  const root = makeOldRoot(context);
  const conf = join(root, 'etc/libvirt/qemu.conf');
  const before = describeRoot(root);
  execFileSync('chattr', ['+i', conf]);
  context.after(() => run('chattr', ['-i', conf]));
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  execFileSync('chattr', ['-i', conf]);
  assert.equal(exitCode, 1);
  assert.match(stderr, /error: cannot write \S+\/qemu\.conf: operation not permitted$/m);
  assert.deepEqual(describeRoot(root), before);
});

function canChattr() {
  return isRoot ? needs('chattr') : rootOnly;
}

test(
  'a read-only root that is as it should be needs no writing',
  rootOnly,
  (context: TestContext) => {
    const root = makeOldRoot(context);
    assert.equal(runProvision('apply', '--root', root).exitCode, 0);
    bindReadOnly(root);
    const { exitCode, stdout } = runProvision('apply', '--root', root);
    execFileSync('umount', [root]);
    assert.deepEqual([exitCode, stdout], [0, 'no changes\n']);
  },
);

test('a revert finds a read-only place before anything changes', rootOnly, (context) => {
  const root = makeOldRoot(context);
  assert.equal(runProvision('apply', '--root', root).exitCode, 0);
  bindReadOnly(join(root, 'etc/sysusers.d'));
  const before = describeRoot(root);
  const { exitCode, stderr } = runProvision('revert', '--root', root);
  assert.equal(exitCode, 1);
  assert.match(stderr, /error: cannot write \S+\/sysusers\.d\/\S+: read-only file system$/m);
  assert.deepEqual(describeRoot(root), before);
});
