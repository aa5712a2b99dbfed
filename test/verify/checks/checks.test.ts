import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChecks, usualIds } from '../../../src/verify/check.ts';
import { listChecks } from '../../../src/verify/checks/checks.ts';
import { hostView, site } from '../../support/host-view.ts';

const person = { name: 'alice', uid: 1000, gid: 1000, groups: [1000] };
const wish = { only: usualIds, as: null, launch: true, libvirt: true, session: person };
const usual = ['accounts', 'device', 'kvm-unprivileged', 'qemu-conf', 'processes'];

test('what is always checked, and what only on request', () => {
  assert.deepEqual(
    listChecks(site).map(({ id }) => id),
    usual,
  );
  assert.deepEqual(
    listChecks({ ...site, wish }).map(({ id }) => id),
    [...usual, 'launch', 'libvirt', 'session'],
  );
  const only = ['device', 'kvm-unprivileged'] as const;
  assert.deepEqual(
    listChecks({ ...site, wish: { ...wish, only, libvirt: false, session: null } }).map(
      ({ id }) => id,
    ),
    ['device', 'kvm-unprivileged', 'launch'],
  );
});

test('in an image nothing is started: skipped, never passed', async () => {
  const image = { ...site, wish, host: { ...hostView, live: null } };
  const results = await runChecks(listChecks(image), site.signal);
  const skipped = results.filter(({ status }) => status === 'skip');
  assert.deepEqual(
    skipped.map(({ id }) => id),
    ['kvm-unprivileged', 'launch', 'libvirt', 'session'],
  );
  for (const { summary } of skipped) assert.equal(summary, 'this is an image: nothing runs in it');
});
