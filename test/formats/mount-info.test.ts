import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMountOptions, findMountPoint } from '../../src/formats/mount-info.ts';

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
