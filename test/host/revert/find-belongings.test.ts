import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findBelongings } from '../../../src/host/revert/find-belongings.ts';
import { openRoot } from '../../../src/host/root.ts';
import { addonFile, makeTree, openTree } from '../../support/host.ts';
import { rootOnly } from '../../support/scratch.ts';

const ids = { uids: [54321], gids: [54322] };

function search(path: string, except: readonly string[] = []) {
  const { ofUser, ofGroup } = findBelongings(openRoot(path, addonFile), ids, except);
  return [ofUser(54321), ofGroup(54322)];
}

for (const [path, isFound] of [
  ['/etc/x', true],
  ['/home/a/b/c/d', true],
  ['/opt/x', true],
  ['/root/x', true],
  ['/srv/x', true],
  ['/usr/lib/x/y', true],
  ['/var/lib/libvirt/images/vm.img', true],
  ['/var/tmp/x', true],
  ['/run/x', true],
  ['/tmp/x', true],
  ['/dev/shm/x', true],
  ['/proc/x', false],
  ['/mnt/x', false],
] as const) {
  test(`${path} is ${isFound ? '' : 'not '}found`, rootOnly, (context) => {
    const { path: root } = openTree(context, { [path.slice(1)]: '' });
    assert.deepEqual(search(root), [null, null]);
    chownSync(join(root, path), 54321, 54322);
    assert.deepEqual(search(root), isFound ? [path, path] : [null, null]);
    assert.deepEqual(search(root, [path]), [null, null]);
  });
}

test('links are looked at and not followed', rootOnly, (context) => {
  const outside = makeTree(context, { 'd/file': '' });
  chownSync(join(outside, 'd/file'), 54321, 54322);
  const root = makeTree(context, { 'etc/x': '' });
  symlinkSync(join(outside, 'd'), join(root, 'etc/link'));
  symlinkSync(outside, join(root, 'home'));
  assert.deepEqual(search(root), [null, null]);
  lchownSync(join(root, 'etc/link'), 54321, 0);
  assert.deepEqual(search(root), ['/etc/link', null]);
});

test('a file system of its own counts in a usual place, and not elsewhere', rootOnly, (context) => {
  const root = makeTree(context, { 'home/x': '', 'var/lib/libvirt/images/x': '' });
  mkdirSync(join(root, 'home/backup'));
  for (const place of ['home/backup', 'var/lib/libvirt/images']) {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(root, place)]);
    execFileSync('touch', [join(root, place, 'f')]);
  }
  chownSync(join(root, 'home/backup/f'), 54321, 0);
  chownSync(join(root, 'var/lib/libvirt/images/f'), 0, 54322);
  assert.deepEqual(search(root), [null, '/var/lib/libvirt/images/f']);
});

test(
  'a process of the running system counts, with its supplementary groups',
  rootOnly,
  async () => {
    const words = ['--reuid=54321', '--regid=0', '--groups=54322', 'sleep', '60'];
    const child = spawn('setpriv', words);
    try {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const owner = `process ${child.pid}`;
      assert.deepEqual(search('/'), [owner, owner]);
    } finally {
      child.kill();
    }
  },
);
