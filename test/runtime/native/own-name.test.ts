import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { type TestContext, test } from 'node:test';
import { makeDirectory } from '../../support/launcher.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { perform, testIdentity } from './executor.ts';

const { uid, gid } = testIdentity;

function makePlace(context: TestContext): string {
  const scratch = makeScratch(context);
  chmodSync(scratch, 0o711);
  return makeDirectory(`${scratch}/place`, 0o700, testIdentity);
}

/** Leaves at a path a socket, for which `action` is done. */
async function serve(context: TestContext, path: string, kind: string, action: string) {
  const script = `import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.${kind})\ns.bind(${JSON.stringify(path)})\n${action}\nprint(flush=True)\nsys.stdin.read()`;
  const child = spawn('/usr/bin/python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  chownSync(path, uid, gid);
  return child;
}

async function leave(context: TestContext, path: string, kind: string) {
  const child = await serve(context, path, kind, '');
  child.stdin.end();
  await once(child, 'close');
}

function link(path: string, to: string): void {
  symlinkSync(to, path);
  lchownSync(path, uid, gid);
}

type Make = (path: string, context: TestContext) => unknown;

const { EADDRINUSE, EEXIST } = constants.errno;

/** What stands at the name, and the error; 0: it has gone, or nothing stood there. */
const rows: readonly (readonly [what: string, make: Make, errno: number])[] = [
  ['nothing', () => {}, 0],
  [
    'a socket of a stream that nobody serves',
    (path, context) => leave(context, path, 'SOCK_STREAM'),
    0,
  ],
  ['one of datagrams', (path, context) => leave(context, path, 'SOCK_DGRAM'), 0],
  [
    'one that is served',
    (path, context) => serve(context, path, 'SOCK_STREAM', 's.listen(1)'),
    EADDRINUSE,
  ],
  [
    'one of datagrams that is served',
    (path, context) => serve(context, path, 'SOCK_DGRAM', ''),
    EADDRINUSE,
  ],
  [
    'one of somebody else',
    async (path, context) => {
      await leave(context, path, 'SOCK_STREAM');
      chownSync(path, 4242, 4242);
    },
    EEXIST,
  ],
  [
    'a file',
    (path) => {
      writeFileSync(path, 'x');
      chownSync(path, uid, gid);
    },
    EEXIST,
  ],
  ['a directory', (path) => mkdirSync(path), EEXIST],
  ['a link to a pseudo-terminal that is gone', (path) => link(path, '/dev/pts/4194000'), 0],
  ['a link to something else', (path) => link(path, '/etc/passwd'), EEXIST],
  ['a link to nothing', (path) => link(path, '/nonexistent'), EEXIST],
  ['a link to the terminals’ directory', (path) => link(path, '/dev/pts/'), EEXIST],
];

for (const [what, make, errno] of rows)
  test(`at the name that QEMU will make stands ${what}`, rootOnly, async (context) => {
    const path = `${makePlace(context)}/name`;
    await make(path, context);
    const before = lstatSync(path, { throwIfNoEntry: false })?.ino;
    const performed = perform({ argv: ['/bin/true'], files: [{ how: 'name', path }] });
    assert.deepEqual([performed.step, performed.errno], errno === 0 ? [null, 0] : ['files', errno]);
    assert.equal(lstatSync(path, { throwIfNoEntry: false })?.ino, errno === 0 ? undefined : before);
  });

test('the directory must be the one that was judged', rootOnly, (context) => {
  const place = makePlace(context);
  const { dev } = lstatSync(place, { bigint: true });
  const judged = { how: 'name', path: `${place}/name`, device: String(dev), inode: '1' };
  const { step, errno } = perform({ argv: ['/bin/true'], files: [judged] });
  assert.deepEqual([step, errno], ['files', constants.errno.ESTALE]);
});
