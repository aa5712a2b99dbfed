import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { makeDirectory } from '../../support/launcher.ts';
import { native } from '../../support/native.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';
import { type FileWords, inOrder, perform, testIdentity } from './executor.ts';

const { uid, gid } = testIdentity;
const { EADDRINUSE, EEXIST, EACCES, ESTALE, ENOENT } = constants.errno;

/** A directory of the target's own. */
function makePlace(context: TestContext): string {
  const scratch = makeScratch(context);
  chmodSync(scratch, 0o711);
  return makeDirectory(`${scratch}/place`, 0o700, testIdentity);
}

const bind = (kind: string) =>
  `import socket, sys\nend = socket.socket(socket.AF_UNIX, socket.${kind})\nend.bind(sys.argv[1])\n`;

/** Leaves a socket that nobody serves. */
function leave(path: string, kind: string): void {
  const { status, stderr } = runTool('/usr/bin/python3', ['-c', bind(kind), path]);
  assert.equal(status, 0, stderr);
  chownSync(path, uid, gid);
}

/**
 * Does what the script says until the test is over, a minute at most; what it has printed. Started by the addon, after
 * whose children Node no longer hears of the end of its own.
 */
function keep(context: TestContext, script: string, path: string): string {
  const [outEnd, outWrite] = native.pipe();
  const [inRead, inEnd] = native.pipe();
  const words = `import signal\nsignal.alarm(60)\n${script}\nprint(name, flush=True)\nsys.stdin.read()`;
  const child = native.spawn({
    path: '/usr/bin/python3',
    argv: ['python3', '-c', words, path],
    env: [],
    descriptors: inOrder([inRead, outWrite, 2]),
  });
  for (const descriptor of [inRead, outWrite]) closeSync(descriptor);
  context.after(() => {
    closeSync(inEnd);
    native.waitFor(child.pidfd, 20_000);
    for (const descriptor of [outEnd, child.pidfd]) closeSync(descriptor);
  });
  const bytes = Buffer.alloc(64);
  return bytes.toString('utf8', 0, readSync(outEnd, bytes)).trim();
}

function serve(context: TestContext, path: string, kind: string): void {
  const listen = kind === 'SOCK_DGRAM' ? '' : 'end.listen(1)\n';
  assert.equal(keep(context, `${bind(kind)}${listen}name = 'served'`, path), 'served');
  chownSync(path, uid, gid);
}

/** A pseudo-terminal that is open as long as the test. */
function openTerminal(context: TestContext): string {
  const script = 'import os, pty, sys\nends = pty.openpty()\nname = os.ttyname(ends[1])';
  const name = keep(context, script, '');
  assert.match(name, /^\/dev\/pts\/\d+$/);
  return name;
}

function link(path: string, to: string): void {
  symlinkSync(to, path);
  lchownSync(path, uid, gid);
}

type Make = (path: string, context: TestContext) => void;
type Row = readonly [what: string, make: Make];

const givesWay: readonly Row[] = [
  ['a stream socket that nobody serves', (path) => leave(path, 'SOCK_STREAM')],
  ['a datagram socket that nobody serves', (path) => leave(path, 'SOCK_DGRAM')],
  ['a socket of packets that nobody serves', (path) => leave(path, 'SOCK_SEQPACKET')],
  ['a link to a pseudo-terminal that is gone', (path) => link(path, '/dev/pts/4194000')],
  [
    'a link whose pseudo-terminal is a later one by now',
    (path, context) => {
      const terminal = openTerminal(context);
      link(path, terminal);
      // As where devpts has given the number again, some ticks of the kernel's clock later: the node is the younger one.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      chmodSync(terminal, 0o620);
    },
  ],
];

const stays: readonly (readonly [...Row, errno: number])[] = [
  [
    'a stream socket that is served',
    (path, context) => serve(context, path, 'SOCK_STREAM'),
    EADDRINUSE,
  ],
  [
    'a datagram socket that is served',
    (path, context) => serve(context, path, 'SOCK_DGRAM'),
    EADDRINUSE,
  ],
  [
    'a socket of packets that is served',
    (path, context) => serve(context, path, 'SOCK_SEQPACKET'),
    EADDRINUSE,
  ],
  [
    'a socket of somebody else',
    (path) => {
      leave(path, 'SOCK_STREAM');
      chownSync(path, uid + 1, gid);
    },
    EEXIST,
  ],
  ['a file', (path) => writeOwn(path), EEXIST],
  [
    'a second name of a file',
    (path) => {
      writeOwn(`${path}.first`);
      linkSync(`${path}.first`, path);
    },
    EEXIST,
  ],
  ['a directory', (path) => makeDirectory(path, 0o700, testIdentity), EEXIST],
  [
    'a link to a pseudo-terminal in use',
    (path, context) => link(path, openTerminal(context)),
    EEXIST,
  ],
  ['a link to a file', (path) => link(path, '/etc/passwd'), EEXIST],
  ['a link to nothing', (path) => link(path, '/nonexistent'), EEXIST],
  ['a link to where pseudo-terminals are', (path) => link(path, '/dev/pts/'), EEXIST],
  ['a link of somebody else', (path) => symlinkSync('/dev/pts/4194000', path), EEXIST],
];

function writeOwn(path: string): void {
  writeFileSync(path, '');
  chownSync(path, uid, gid);
}

/** Has the real qemu-exec make room at a name; the step that failed, and why. */
function makeRoom(path: string, more: Partial<FileWords> = {}): readonly [string | null, number] {
  const { step, errno } = perform({
    argv: ['/bin/true'],
    files: [{ how: 'name', path, ...more }],
  });
  return [step, errno];
}

const inode = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.ino;

for (const [what, make] of givesWay) {
  test(`it gives way to what QEMU makes: ${what}`, rootOnly, (context) => {
    const path = `${makePlace(context)}/name`;
    make(path, context);
    assert.notEqual(inode(path), undefined, 'it stands there before');
    assert.deepEqual(makeRoom(path), [null, 0]);
    assert.equal(inode(path), undefined);
  });
}

for (const [what, make, errno] of stays) {
  test(`it stays, and ends the launch: ${what}`, rootOnly, (context) => {
    const path = `${makePlace(context)}/name`;
    make(path, context);
    const before = inode(path);
    assert.deepEqual(makeRoom(path), ['files', errno]);
    assert.equal(inode(path), before);
  });
}

test('where nothing stands there is nothing to do', rootOnly, (context) => {
  assert.deepEqual(makeRoom(`${makePlace(context)}/name`), [null, 0]);
});

test(
  'a path too long for an address is never taken for one that nobody serves',
  rootOnly,
  (context) => {
    const short = makePlace(context);
    const place = makeDirectory(`${short}/${'d'.repeat(100)}`, 0o700, testIdentity);
    leave(`${short}/s`, 'SOCK_STREAM');
    linkSync(`${short}/s`, `${place}/name`);
    assert.deepEqual(makeRoom(`${place}/name`), ['files', EADDRINUSE]);
  },
);

test('the directory must be the one that was judged', rootOnly, (context) => {
  const place = makePlace(context);
  const { dev, ino } = lstatSync(place, { bigint: true });
  const judged = { device: String(dev), inode: String(ino) };
  assert.deepEqual(makeRoom(`${place}/name`, judged), [null, 0]);
  assert.deepEqual(makeRoom(`${place}/name`, { ...judged, inode: '1' }), ['files', ESTALE]);
  assert.deepEqual(makeRoom(`${place}/gone/name`), ['files', ENOENT]);
});

test('what its user may not remove stays', rootOnly, (context) => {
  const place = makePlace(context);
  leave(`${place}/name`, 'SOCK_STREAM');
  chmodSync(place, 0o500);
  assert.deepEqual(makeRoom(`${place}/name`), ['files', EACCES]);
  assert.notEqual(inode(`${place}/name`), undefined);
});
