import assert from 'node:assert/strict';
import { existsSync, lstatSync } from 'node:fs';
import { test } from 'node:test';
import { privateQmpPath, withPrivateQmp } from '../../../src/runtime/handover/private-qmp.ts';
import {
  call,
  emulator,
  makeSite,
  paused,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { amidTrixie, needsNewerQemu } from '../../support/newer-qemu.ts';
import { planOf } from '../../support/plan.ts';
import { rootOnly } from '../../support/scratch.ts';
import { awaitGuest, callNamed, guestWords, makeGuest } from '../../support/service.ts';
import { askSocket } from '../../support/sockets.ts';

test(
  'run gives QEMU a monitor of the launcher’s own, for root alone',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const started = await start(context, site, 'x', paused);
    const path = privateQmpPath(site.run, 'x');
    const { mode, uid } = lstatSync(path);
    assert.deepEqual([mode & 0o7777, uid], [0o600, 0]);
    assert.match(await askSocket(path, ''), /"QMP"/);
    assert.match(await askSocket(path, '', target.uid), /Permission denied/);
    started.launcher.kill('SIGTERM');
    await started.ended;
    assert.equal(existsSync(path), false);
  },
);

test('stop has the guest of a run power down', rootOnly, async (context) => {
  const site = makeSite(context);
  const { ended } = await start(context, site, 'x', guestWords(site, 'x', makeGuest(site)));
  await awaitGuest(site, 'x');
  const { status, stderr } = callNamed(site, 'stop', 'x', '--timeout', '20');
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(await ended, 0);
});

test('it takes no monitor from who asks for none', rootOnly, async (context) => {
  const site = makeSite(context);
  const words = [emulator, '-S', '-nographic', '-m', '64'];
  await start(context, site, 'x', words);
  const asked = '{"execute":"qmp_capabilities"}{"execute":"query-chardev"}';
  const answer = await askSocket(privateQmpPath(site.run, 'x'), asked, 0, 2);
  // -nographic puts serial line and monitor on the terminal, both.
  assert.match(answer, /"filename": "mux", "label": "serial0"/);
});

test('QEMU 10 has it too', needsNewerQemu, async (context) => {
  const site = makeSite(context);
  await start(context, site, 'x', paused, [], amidTrixie(context));
  assert.match(await askSocket(privateQmpPath(site.run, 'x'), ''), /"major": 10\b/);
});

test('exec has it, and gives it back with the next word', rootOnly, (context) => {
  const site = makeSite(context);
  const words = [...paused, '-qmp', 'stdio'];
  const asked = '{"execute":"qmp_capabilities"}{"execute":"query-chardev"}{"execute":"quit"}';
  const { stdout, status } = call(siteWords(site, 'exec', '--name', 'x', '--', ...words), {
    input: asked,
  });
  assert.equal(status, 0);
  assert.match(stdout, /"label": "virt-privileges-qmp"/);
  assert.ok(existsSync(privateQmpPath(site.run, 'x')));
  call(siteWords(site, 'restore', '--all'));
  assert.equal(existsSync(privateQmpPath(site.run, 'x')), false);
});

test('without root QEMU makes it in its own directory', () => {
  const plan = withPrivateQmp({ ...planOf([], []), mode: 'session' });
  const [kept] = plan.descriptors;
  assert.equal(plan.argv.slice(-2).join(' '), `-readconfig /proc/self/fd/${kept?.number}`);
  assert.ok(kept?.source === 'configuration');
  assert.match(kept.text, /^path = "\/run\/virt-privileges\/web\/qmp"$/m);
});

for (const [what, more] of [
  ['a program that is no QEMU', { emulator: '/bin/sleep' }],
  ['a directory that no file of QEMU’s can name', { directories: { state: '/s', run: '/r"' } }],
] as const) {
  test(`${what} gets none`, () => {
    const plan = { ...planOf([], []), ...more };
    assert.equal(withPrivateQmp(plan), plan);
  });
}
