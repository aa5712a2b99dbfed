import assert from 'node:assert/strict';
import {
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
import { replaceFile } from '../../src/host/atomic-write.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { rootOnly } from '../support/scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o640 };

function replaceIn(directory: string, name: string, attributes = own): void {
  const descriptor = openSync(directory, 'r');
  try {
    replaceFile(descriptor, name, Buffer.from('new'), attributes);
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
