import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexAllowed } from '../../../src/runtime/qemu-args/allowed.ts';

const allowed = indexAllowed([
  { path: '/srv', access: 'ro' },
  { path: '/srv/rw/', access: 'rw' },
  { path: '/dev/vfio/12', access: 'rw' },
  { path: '/twice', access: 'rw' },
  { path: '/twice', access: 'ro' },
]);

for (const [path, access, touches] of [
  ['/srv', 'ro', true],
  ['/srv/a/b', 'ro', true],
  ['/srv/rw', 'rw', true],
  ['/srv/rw/a', 'rw', true],
  ['/srvx', null, false],
  ['/sr', null, false],
  ['/twice', 'rw', true],
  ['/srv/../etc', null, false],
  ['/srv/rw/..', null, false],
  ['/dev/vfio', null, true],
  ['/dev/vfio/12', 'rw', true],
  ['/dev/vfio/1', null, false],
  ['/', null, true],
] as const) {
  test(`${path}: ${access ?? 'nothing'} is granted`, () => {
    assert.equal(allowed.accessTo(path), access);
    assert.equal(allowed.touches(path), touches);
  });
}

test('the root grants everything, and nothing grants nothing', () => {
  assert.equal(indexAllowed([{ path: '/', access: 'ro' }]).accessTo('/a/b'), 'ro');
  assert.equal(indexAllowed([]).accessTo('/'), null);
  assert.equal(indexAllowed([]).touches('/dev/vfio'), false);
});
