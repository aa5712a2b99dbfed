import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withMetadataLocks } from '../../../src/runtime/claims/metadata-lock.ts';
import { O_PATH } from '../../../src/runtime/files.ts';
import { listRecords } from '../../support/claims.ts';
import {
  abandon,
  call,
  launcherPath,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { canHold, holdFile, makeHolder } from '../../support/lock-holder.ts';
import { native } from '../../support/native.ts';
import { isRoot, makeScratch, rootOnly } from '../../support/scratch.ts';

test('libvirt cannot take its lock on a file meanwhile, and can again afterwards', (context) => {
  const holder = makeHolder(context);
  const path = `${makeScratch(context)}/disk`;
  writeFileSync(path, 'content');
  const descriptor = openSync(path, O_PATH);
  context.after(() => closeSync(descriptor));
  const files = [{ path, descriptor }];
  const during = () => canHold(holder, 'metadata', path);
  assert.deepEqual(withMetadataLocks(native, files, during), { value: false });
  assert.equal(canHold(holder, 'metadata', path), true);
});

for (const hold of ['metadata', 'lease'] as const) {
  test(`a file that somebody else holds by ${hold} is busy: nothing waits, nothing is done`, async (context) => {
    const path = `${makeScratch(context)}/disk`;
    writeFileSync(path, 'content');
    const descriptor = openSync(path, O_PATH);
    context.after(() => closeSync(descriptor));
    const release = await holdFile(context, makeHolder(context), hold, path);
    const use = () => assert.fail('not held');
    assert.deepEqual(withMetadataLocks(native, [{ path, descriptor }], use), { busy: path });
    await release();
    const later = withMetadataLocks(native, [{ path, descriptor }], () => 'used');
    assert.deepEqual(later, { value: 'used' });
  });
}

test('a character device is not opened for a lock', { skip: !isRoot }, () => {
  const descriptor = openSync('/dev/null', O_PATH);
  const files = [{ path: '/dev/null', descriptor }];
  const during = () => canHold('/bin/true', 'metadata', '/dev/null');
  assert.deepEqual(withMetadataLocks(native, files, during), { value: true });
  closeSync(descriptor);
});

test(
  'while libvirt changes an owner a launch waits, and holds up no other',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const release = await holdFile(context, makeHolder(context), 'metadata', disk);
    const words = siteWords(site, 'exec', '--name', 'x', '--', '/bin/true', '-hda', disk);
    const launcher = spawn(process.execPath, [launcherPath, ...words], {
      cwd: '/',
      stdio: 'ignore',
    });
    const ended = once(launcher, 'close');
    const other = makeDisk(site, 'other.raw');
    for (let round = 0; round < 3; round++) {
      // Not by leaving a claim behind: the one that waits would give it back.
      const run = ['--name', 'other', '--', '/bin/true', '-hda', other];
      assert.equal(call(siteWords(site, 'run', ...run)).status, 0);
    }
    assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
    assert.equal(launcher.exitCode, null);
    await release();
    assert.deepEqual([(await ended)[0], ownerOf(disk)], [0, target]);
  },
);

test('who waits for libvirt can be ended by a signal', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  await holdFile(context, makeHolder(context), 'metadata', disk);
  const words = siteWords(site, 'run', '--json', '--', '/bin/true', '-hda', disk);
  const launcher = spawn(process.execPath, [launcherPath, ...words], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(launcher, 'close');
  const said = text(launcher.stdout);
  // From then on signals are noted, not obeyed.
  while (!existsSync(`${site.state}/claims/lock`)) await sleep(5);
  launcher.kill('SIGTERM');
  assert.equal((await ended)[0], 125);
  assert.equal(JSON.parse(await said).error.code, 'VP_INTERRUPTED');
  assert.deepEqual([ownerOf(disk), listRecords(site)], [owner, []]);
});

test('what is given back waits for libvirt as well', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  abandon(site, 'x', disk);
  const release = await holdFile(context, makeHolder(context), 'metadata', disk);
  // Whoever meets a dead VM's file goes on without it.
  const met = call(siteWords(site, 'run', '--name', 'y', '--', '/bin/true'));
  assert.match(met.stderr, /disk\.raw cannot be given back: libvirt has locked it/);
  assert.deepEqual([met.status, ownerOf(disk)], [0, target]);
  const restore = siteWords(site, 'restore', 'x');
  const child = spawn(process.execPath, [launcherPath, ...restore], { stdio: 'ignore' });
  const ended = once(child, 'close');
  await sleep(100);
  assert.deepEqual([child.exitCode, ownerOf(disk)], [null, target]);
  await release();
  assert.deepEqual([(await ended)[0], ownerOf(disk)], [0, owner]);
});
