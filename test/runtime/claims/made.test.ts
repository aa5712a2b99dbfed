import assert from 'node:assert/strict';
import { closeSync, existsSync, lstatSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { readNetwork, removeMade } from '../../../src/runtime/claims/made.ts';
import { listenAt } from '../../../src/runtime/handover/server-socket.ts';
import { native } from '../../support/native.ts';
import { needsNetwork } from '../../support/network.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';

const target = 34567;

function makeSocket(path: string) {
  return listenAt(native, path, target).made;
}

test('a socket that was made is removed, and a second time is no failure', rootOnly, (context) => {
  const path = `${makeScratch(context)}/s`;
  const made = makeSocket(path);
  const first = removeMade(native, made, target, true);
  assert.deepEqual(first, { path, result: 'restored', message: 'was removed' });
  assert.equal(existsSync(path), false);
  assert.equal(removeMade(native, made, target, true).result, 'already');
});

test('what has taken its place stays', rootOnly, (context) => {
  const path = `${makeScratch(context)}/s`;
  const made = makeSocket(path);
  renameSync(path, `${path}.old`);
  writeFileSync(path, 'x');
  assert.equal(removeMade(native, made, target, true).result, 'already');
  assert.ok(lstatSync(path).isFile());
});

test('after a reboot its device has another number', rootOnly, (context) => {
  const path = `${makeScratch(context)}/s`;
  const made = { ...makeSocket(path), device: '1' } as ReturnType<typeof makeSocket>;
  assert.equal(removeMade(native, made, target, true).result, 'already');
  assert.ok(existsSync(path));
  assert.equal(removeMade(native, made, target, false).result, 'restored');
});

test('without its directory it is not there', rootOnly, (context) => {
  const directory = `${makeScratch(context)}/d`;
  const made = { kind: 'socket', path: `${directory}/s`, device: '1', inode: '1' } as const;
  assert.equal(removeMade(native, made, target, true).result, 'already');
});

test('an interface of another boot, of another number or that is no tap stays', rootOnly, () => {
  const lo = native.readInterface('lo');
  const made = { kind: 'interface', name: 'lo', index: lo?.index ?? 1 } as const;
  assert.equal(removeMade(native, made, target, true).result, 'already');
  assert.equal(removeMade(native, { ...made, name: 'none-such' }, target, true).result, 'already');
  assert.equal(removeMade(native, { ...made, index: 99_999 }, target, true).result, 'already');
  assert.notEqual(native.readInterface('lo'), null);
});

test('an interface of another network stays', needsNetwork, (context) => {
  const name = `vp-${process.pid}`;
  const { descriptor } = native.openTap(name, 0);
  context.after(() => closeSync(descriptor));
  const index = native.readInterface(name)?.index ?? 0;
  const made = { kind: 'interface', name, index } as const;
  const other = { ...made, network: 'net:[1]' };
  assert.equal(removeMade(native, other, target, true).result, 'already');
  const own = { ...made, network: readNetwork() };
  assert.equal(removeMade(native, own, target, false).result, 'already');
  assert.notEqual(native.readInterface(name), null);
  assert.equal(removeMade(native, own, target, true).result, 'restored');
  assert.equal(native.readInterface(name), null);
});
