import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findMount,
  findMountOptions,
  findMountPoint,
  isMounted,
} from '../../src/formats/mount-info.ts';

const text = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
28 27 0:25 / /srv ro,nosuid shared:1 - tmpfs none ro
29 28 0:26 / /srv/a\040b\134c rw - tmpfs none rw
30 28 0:27 / /srv/vm rw - tmpfs none rw
`;

const cases: readonly (readonly [string, string])[] = [
  ['/', '/'],
  ['/etc/passwd', '/'],
  ['/srv', '/srv'],
  ['/srv/x', '/srv'],
  ['/srvx', '/'],
  ['/srv/vm', '/srv/vm'],
  ['/srv/vms', '/srv'],
  [String.raw`/srv/a b\c/d`, String.raw`/srv/a b\c`],
  ['/proc/self', '/proc'],
];

for (const [path, point] of cases) {
  test(`${path} lies below ${point}`, () => assert.equal(findMountPoint(text, path), point));
}

test('without a line for it a path lies below the root', () => {
  assert.equal(findMountPoint('', '/srv'), '/');
});

test('the options of a mount, those of its file system among them', () => {
  assert.deepEqual(findMountOptions(text, '/proc'), ['rw', 'relatime', 'rw']);
  const again = `${text}31 22 0:30 / /proc rw,nosuid - proc proc rw,gid=4,hidepid=invisible\n`;
  const options = ['rw', 'nosuid', 'rw', 'gid=4', 'hidepid=invisible'];
  assert.deepEqual(findMountOptions(again, '/proc'), options);
  assert.deepEqual(findMountOptions(text, '/srv/a b\\c'), ['rw', 'rw']);
  assert.equal(findMountOptions(text, '/srv/none'), null);
});

test('a mount is found by its number, whatever stands before and after', () => {
  const srv = { device: '0:25', root: '/', point: '/srv', type: 'tmpfs' };
  assert.deepEqual(findMount(text, 28), srv);
  assert.equal(findMount(text, 22)?.type, 'proc');
  assert.equal(findMount(text, 29)?.point, String.raw`/srv/a b\c`);
  assert.equal(findMount(text, 2), null);
  assert.equal(findMount('', 28), null);
});

const root = '27 1 254:0 / / rw - ext4 /dev/vda rw\n';
const disks = { device: '8:1', root: '/', point: '/srv', type: 'ext4' };
const bound = { device: '254:0', root: '/srv/disks', point: '/vm', type: 'ext4' };
const places: readonly (readonly [string, string, typeof disks, boolean, boolean])[] = [
  ['is there', `${root}30 27 8:1 / /srv rw - ext4 /dev/sda1 rw\n`, disks, true, true],
  ['came back by another device', `${root}30 27 8:17 / /srv rw - ext4 x rw\n`, disks, false, true],
  ['is not mounted', root, disks, false, false],
  ['is hidden by another', `${root}30 27 0:40 / /srv rw - tmpfs t rw\n`, disks, false, false],
  ['is mounted as a part', `${root}30 27 8:1 /sub /srv rw - ext4 x rw\n`, disks, false, false],
  ['is seen without its bind mount', root, { ...bound, point: '/srv/disks' }, true, true],
  ['lies elsewhere without its bind mount', root, bound, false, false],
  ['is the root', root, { device: '254:0', root: '/', point: '/', type: 'ext4' }, true, true],
];

for (const [what, mounts, mount, now, later] of places) {
  test(`a file system that ${what}`, () => {
    assert.deepEqual(
      [isMounted(mounts, mount, true), isMounted(mounts, mount, false)],
      [now, later],
    );
  });
}
