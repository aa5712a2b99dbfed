import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { native } from '../../support/native.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { anna, ben, makeDirectory, makeFile, target, walk } from '../../support/walk.ts';

test('a socket is refused', rootOnly, async (context) => {
  const scratch = makeScratch(context);
  const server = createServer().listen(`${scratch}/socket`);
  await new Promise((resolve) => server.once('listening', resolve));
  context.after(() => server.close());
  assert.equal(walk(scratch, 'socket'), 'socket is neither a regular file nor a block device');
});

const special = 'is neither a regular file nor a block device';
const common = 'is a device that every process uses';

/** Nodes by number, and what is said of each as storage and as a device. */
const nodes: readonly (readonly [string, string, string, string])[] = [
  ['null', 'c 1 3', special, common],
  ['the console', 'c 5 1', special, common],
  ['a pseudo-terminal', 'c 137 0', special, common],
  ['kvm', 'c 10 232', special, common],
  ['tun', 'c 10 200', special, common],
  ['vfio itself', 'c 10 196', special, common],
  ['vhost-net', 'c 10 238', special, common],
  ['vhost-vsock', 'c 10 241', special, common],
  ['a TPM', 'c 10 224', special, 'open'],
  ['a serial line', 'c 188 0', special, 'open'],
  ['a generic SCSI device', 'c 21 0', 'open', 'open'],
  ['a block device', 'b 7 99', 'open', 'open'],
];

for (const [what, words, asStorage, asDevice] of nodes) {
  test(`${what} as storage and as a device`, rootOnly, (context) => {
    const scratch = makeScratch(context);
    execFileSync('mknod', ['-m', '600', `${scratch}/node`, ...words.split(' ')]);
    const found = [walk(scratch, 'node'), walk(scratch, 'node', true)];
    assert.deepEqual(found, [asStorage, asDevice].map(sayOfNode));
  });
}

function sayOfNode(reason: string): string {
  return reason === 'open' ? reason : `node ${reason}`;
}

test('what is no device is none, and one with a second name is nobody’s', rootOnly, (context) => {
  const scratch = makeScratch(context);
  makeFile(`${scratch}/file`, anna);
  assert.equal(walk(scratch, 'file', true), 'file is no device');
  execFileSync('mknod', [`${scratch}/node`, 'c', '188', '0']);
  linkSync(`${scratch}/node`, `${scratch}/second`);
  assert.equal(walk(scratch, 'node', true), 'node has more than one hard link');
});

const known = readFileSync('/proc/filesystems', 'utf8');

for (const type of [
  'proc',
  'sysfs',
  'cgroup2',
  'debugfs',
  'tracefs',
  'mqueue',
  'bpf',
  'binfmt_misc',
  'fusectl',
  'securityfs',
  'pstore',
]) {
  const isKnown = new RegExp(`\\s${type}$`, 'm').test(known);
  const skip = rootOnly.skip || (isKnown ? false : `this kernel has no ${type}`);
  test(`what stands on a ${type} is no file that somebody stored`, { skip }, (context) => {
    const place = `${makeScratch(context)}/place`;
    mkdirSync(place);
    execFileSync('mount', ['-t', type, type, place]);
    const file = findFile(place, type);
    if (file === null) {
      context.skip(`no file on this ${type}`);
      return;
    }
    assert.equal(walk(place, file), `${file} lies on a file system that stores no files`);
  });
}

/** A regular file that the walk gets to; a message queue is made. */
function findFile(place: string, type: string): string | null {
  if (type === 'mqueue') writeFileSync(`${place}/queue`, '');
  const names = readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isFile());
  return names.find(({ name }) => walk(place, name) !== `${name} ENOENT`)?.name ?? null;
}

test(
  'an access list that lets others write is seen, also where the group is root’s',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    makeDirectory(`${scratch}/listed`, 0);
    makeFile(`${scratch}/listed/disk`, anna);
    execFileSync('setfacl', ['-m', `u:${ben}:rwx`, `${scratch}/listed`]);
    assert.equal(walk(scratch, 'listed/disk'), 'listed can be written by others than its owner');
  },
);

test(
  'one’s own file and directory are relied on only if nobody else can decide what they are',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    makeFile(`${scratch}/own`, 0);
    makeDirectory(`${scratch}/directory`, 0);
    makeDirectory(`${scratch}/sticky`, 0, 0o1777);
    symlinkSync('own', `${scratch}/link`);
    for (const path of ['own', 'directory', 'directory/', 'sticky', 'link']) {
      closeSync(native.openOwn(`${scratch}/${path}`));
    }
    makeFile(`${scratch}/hers`, anna);
    makeFile(`${scratch}/writable`, 0, 0o666);
    makeFile(`${scratch}/listed`, 0, 0o600);
    execFileSync('setfacl', ['-m', `u:${ben}:rw`, `${scratch}/listed`]);
    makeDirectory(`${scratch}/anna`, anna);
    makeFile(`${scratch}/anna/of-root`, 0);
    makeDirectory(`${scratch}/open`, 0, 0o777);
    makeFile(`${scratch}/open/file`, 0);
    execFileSync('mkfifo', [`${scratch}/pipe`]);
    for (const path of [
      'hers',
      'writable',
      'listed',
      'anna/of-root',
      'anna',
      'open/file',
      'open',
      'pipe',
    ]) {
      assert.throws(() => native.openOwn(`${scratch}/${path}`), { code: 'EUNTRUSTED' }, path);
    }
  },
);

test(
  'where hard links are not protected a file in a shared directory is nobody’s',
  rootOnly,
  (context) => {
    const scratch = makeScratch(context);
    makeDirectory(`${scratch}/sticky`, 0, 0o1777);
    makeFile(`${scratch}/sticky/disk`, anna);
    makeFile(`${scratch}/sticky/given`, target);
    const setting = '/proc/sys/fs/protected_hardlinks';
    const before = readFileSync(setting, 'utf8');
    context.after(() => writeFileSync(setting, before));
    writeFileSync(setting, '1');
    assert.equal(walk(scratch, 'sticky/disk'), 'open');
    writeFileSync(setting, '0');
    assert.equal(
      walk(scratch, 'sticky/disk'),
      'sticky/disk lies in a directory where others can put links to it',
    );
    assert.equal(walk(scratch, 'sticky/given'), 'open');
  },
);
