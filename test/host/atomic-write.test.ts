import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AttributeKeeper, replaceFile } from '../../src/host/atomic-write.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { native } from '../support/native.ts';
import { rootOnly } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o640 };

function replaceIn(
  directory: string,
  name: string,
  attributes = own,
  keeper: AttributeKeeper | null = null,
): void {
  const descriptor = openSync(directory, 'r');
  try {
    replaceFile(descriptor, name, Buffer.from('new'), attributes, keeper);
  } finally {
    closeSync(descriptor);
  }
}

test('makes a file with exactly these rights, whatever the umask', (context) => {
  const directory = makeTree(context);
  const old = process.umask(0o077);
  replaceIn(directory, 'f');
  process.umask(old);
  assert.equal(readFileSync(join(directory, 'f'), 'utf8'), 'new');
  assert.equal(statSync(join(directory, 'f')).mode & 0o7777, 0o640);
  assert.deepEqual(readdirSync(directory), ['f']);
});

test('gives the file its owner', rootOnly, (context) => {
  const directory = makeTree(context);
  replaceIn(directory, 'f', { uid: 12345, gid: 23456, mode: 0o600 });
  const { uid, gid } = statSync(join(directory, 'f'));
  assert.deepEqual([uid, gid], [12345, 23456]);
});

test('replaces a link, not the file it leads to', (context) => {
  const directory = makeTree(context, { victim: 'old' });
  symlinkSync('victim', join(directory, 'f'));
  replaceIn(directory, 'f');
  assert.equal(readFileSync(join(directory, 'victim'), 'utf8'), 'old');
  assert.equal(readFileSync(join(directory, 'f'), 'utf8'), 'new');
});

test('leaves nothing behind when it cannot be put in place', (context) => {
  const directory = makeTree(context);
  mkdirSync(join(directory, 'f'));
  writeBelow(directory, 'f/inside', '');
  assert.throws(() => replaceIn(directory, 'f'), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(directory), ['f']);
});

test('leaves nothing behind when the owner is refused', {
  skip: own.uid === 0 ? 'root may do it' : false,
}, (context) => {
  const directory = makeTree(context);
  assert.throws(() => replaceIn(directory, 'f', { ...own, uid: 0 }), { code: 'EPERM' });
  assert.deepEqual(readdirSync(directory), []);
});

/** Everything that `getfattr` and `getfacl` show of a file. */
function attributesOf(path: string): string {
  const all = runTool('getfattr', ['--absolute-names', '--dump', '-m', '-', '-e', 'hex', path]);
  const lists = runTool('getfacl', ['--absolute-names', '--numeric', path]);
  assert.deepEqual([all.stderr, lists.stderr], ['', '']);
  return all.stdout + lists.stdout;
}

function setUp(program: string, ...words: readonly string[]): void {
  const { status, stderr } = runTool(program, words);
  assert.equal(status, 0, stderr);
}

test(
  'a keeper gives the new file the access list and the attributes of the old one',
  rootOnly,
  (context) => {
    const directory = makeTree(context, { f: 'old' });
    const file = join(directory, 'f');
    chmodSync(file, 0o640);
    setUp('setfacl', '-m', 'u:12345:rw,g:23456:r', file);
    setUp('setfattr', '-n', 'user.note', '-v', 'mine', file);
    setUp('setfattr', '-n', 'user.empty', file);
    setUp('setfattr', '-n', 'security.selinux', '-v', 'system_u:object_r:virt_etc_t:s0', file);
    setUp('setfattr', '-n', 'trusted.libvirt.security.dac', '-v', '+0:+0', file);
    const before = attributesOf(file);
    assert.match(before, /user:12345:rw-/);
    replaceIn(directory, 'f', { uid: 0, gid: 0, mode: statSync(file).mode & 0o7777 }, native);
    assert.equal(attributesOf(file), before);
    assert.equal(readFileSync(file, 'utf8'), 'new');
  },
);

test(
  'a keeper takes away what the directory gives new files, and leaves what is bound to the content',
  rootOnly,
  (context) => {
    const directory = makeTree(context, { f: 'old' });
    const file = join(directory, 'f');
    chmodSync(file, 0o640);
    const before = attributesOf(file);
    const capability = '0x0100000200040000000000000000000000000000';
    setUp('setfattr', '-n', 'security.capability', '-v', capability, file);
    setUp('setfacl', '-d', '-m', 'u:12345:rwx', directory);
    replaceIn(directory, 'f', { uid: 0, gid: 0, mode: 0o640 }, native);
    assert.equal(attributesOf(file), before);
  },
);

test('a keeper follows no link and needs no old file', (context) => {
  const directory = makeTree(context, { victim: 'old' });
  symlinkSync('victim', join(directory, 'link'));
  replaceIn(directory, 'link', own, native);
  replaceIn(directory, 'none', own, native);
  assert.deepEqual(readdirSync(directory), ['link', 'none', 'victim']);
  assert.equal(readFileSync(join(directory, 'victim'), 'utf8'), 'old');
});

test('leaves nothing behind when an attribute cannot be kept', (context) => {
  const directory = makeTree(context, { f: 'old' });
  const keeper = {
    copyAttributes: () => {
      throw new Error('no');
    },
  };
  assert.throws(() => replaceIn(directory, 'f', own, keeper), /^Error: no$/);
  assert.deepEqual(readdirSync(directory), ['f']);
  assert.equal(readFileSync(join(directory, 'f'), 'utf8'), 'old');
});
