import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeTree } from './host.ts';
import { native } from './native.ts';
import { run } from './run-provision.ts';

const shadow = ['root:*:1::::::\n', 'root:*::\nkvm:!::\n'] as const;

/** An image with a history: files of its own in the places of apply's, with owners, modes and attributes. */
const files = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:d\u00e6mon:/:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\ndaemon:x:1:\nkvm:x:104:daemon\n',
  'etc/shadow': shadow[0],
  'etc/gshadow': shadow[1],
  'etc/libvirt/qemu.conf': '# mine\r\nuser = "root" # old\r\n\r\nvnc_password = "x"',
  'etc/udev/rules.d/60-virt-privileges-kvm.rules': 'KERNEL=="kvm", MODE="0600"\n',
} as const;

/** Makes that image for this test alone. */
export function makeOldRoot(context: TestContext): string {
  const root = makeTree(context, files);
  const conf = join(root, 'etc/libvirt/qemu.conf');
  chownSync(conf, 12, 34);
  chmodSync(conf, 0o640);
  chmodSync(join(root, 'etc/udev/rules.d/60-virt-privileges-kvm.rules'), 0o604);
  run('setfattr', ['-n', 'user.note', '-v', 'kept', conf]);
  run('setfacl', ['-m', 'u:77:rw', conf]);
  return root;
}

/** Every file of an image but the program's own records, with all that a revert must give back. */
export function describeRoot(root: string): readonly string[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((path) => !isOwn(path))
    .sort()
    .map((path) => describe(join(root, path), path));
}

// The account tools keep a lock and backups, and leave temporary files when they are killed.
function isOwn(path: string): boolean {
  return /^var(\/lib(\/virt-privileges(\/|$)|$)|$)|^etc\/(\.pwd\.lock|\w+-|\.#\w+)$/.test(path);
}

function describe(path: string, name: string): string {
  const stat = lstatSync(path);
  const content = stat.isFile() ? readFileSync(path, 'base64') : '';
  const owner = `${stat.uid}:${stat.gid} ${stat.mode.toString(8)}`;
  return [name, owner, content, JSON.stringify(attributesOf(path))].join(' ');
}

function attributesOf(path: string): object {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return native.readAttributes(file);
  } finally {
    closeSync(file);
  }
}

/** The names of temporary files that are anywhere in the image. */
export function temporaryFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.tmp'));
}
