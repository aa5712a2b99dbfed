import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectory, readFileState, readText } from '../../src/host/root-files.ts';
import { makeTree, openTree } from '../support/host.ts';
import { needs } from '../support/tool.ts';

test('reads text, follows links inside the root only', (context) => {
  const outside = makeTree(context, { secret: 'outside' });
  const root = openTree(context, { 'usr/lib/os-release': 'inside', 'etc/other': '' });
  symlinkSync('/usr/lib/os-release', join(root.path, 'etc/os-release'));
  symlinkSync(join(outside, 'secret'), join(root.path, 'etc/absolute'));
  symlinkSync(`../../..${outside}/secret`, join(root.path, 'etc/relative'));
  assert.equal(readText(root, '/etc/os-release'), 'inside');
  assert.equal(readText(root, '/etc/absolute'), null);
  assert.equal(readText(root, '/etc/relative'), null);
  assert.equal(readText(root, '/etc/missing'), null);
});

test('bytes that are no UTF-8 are kept', (context) => {
  const root = openTree(context);
  execFileSync('sh', ['-c', `printf 'a\\351b' >'${root.path}/f'`]);
  const state = readFileState(root, '/f');
  assert.ok(state.kind === 'file');
  assert.equal(state.encoding, 'latin1');
  assert.deepEqual(Buffer.from(state.text, state.encoding), Buffer.from([0x61, 0xe9, 0x62]));
});

test('says what stands in the place of a file or on the way', (context) => {
  const root = openTree(context, { 'etc/file': 'x' });
  mkdirSync(join(root.path, 'etc/directory'));
  symlinkSync('/etc/file', join(root.path, 'etc/link'));
  symlinkSync('/nowhere', join(root.path, 'etc/udev'));
  execFileSync('mkfifo', [join(root.path, 'etc/fifo')]);
  const stateOf = (path: string) => readFileState(root, path);
  assert.equal(stateOf('/etc/file').kind, 'file');
  assert.deepEqual(stateOf('/etc/none'), { kind: 'absent' });
  assert.deepEqual(stateOf('/var/a/b/none'), { kind: 'absent' });
  assert.deepEqual(stateOf('/etc/link'), obstacle('/etc/link', 'link'));
  assert.deepEqual(stateOf('/etc/directory'), obstacle('/etc/directory', 'directory'));
  assert.deepEqual(stateOf('/etc/fifo'), obstacle('/etc/fifo', 'fifo'));
  assert.deepEqual(stateOf('/etc/udev/rules.d/x'), obstacle('/etc/udev', 'link'));
  assert.deepEqual(stateOf('/etc/file/rules.d/x'), obstacle('/etc/file', 'file'));
});

function obstacle(path: string, type: string): object {
  return { kind: 'obstacle', path, type };
}

test('a FIFO that a link leads to is refused, not waited for', (context) => {
  const root = openTree(context);
  execFileSync('mkfifo', [join(root.path, 'passwd')]);
  assert.throws(() => readText(root, '/passwd'), {
    code: 'VP_FILE_READ',
    message: `cannot read ${root.path}/passwd: not a regular file`,
  });
});

test('makes missing directories inside the root, open to everybody', (context) => {
  const outside = makeTree(context);
  const root = openTree(context);
  symlinkSync(outside, join(root.path, 'etc'));
  mkdirSync(join(root.path, outside), { recursive: true });
  const old = process.umask(0o077);
  closeSync(openDirectory(root, '/etc/udev/rules.d'));
  process.umask(old);
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(statSync(join(root.path, outside, 'udev/rules.d')).mode & 0o7777, 0o755);
});

const holder =
  '$SIG{IO}="IGNORE"; open(F,"+<",$ARGV[0]) or die; fcntl(F,1024,1) or die; $|=1; print "held"; sleep 60';

test('who holds a lease is not waited for', needs('perl'), async (context) => {
  const root = openTree(context, { f: 'text' });
  const place = `${root.path}/f`;
  const child = spawn('perl', ['-e', holder, place], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill());
  await once(child.stdout, 'data');
  const refusal = {
    code: 'VP_FILE_READ',
    message: `cannot read ${place}: somebody holds a lease on it`,
  };
  assert.throws(() => readText(root, '/f'), refusal);
  assert.throws(() => readFileState(root, '/f'), refusal);
});

test('a file is as large as its reader allows', (context) => {
  const root = openTree(context, { f: 'x'.repeat(1024 * 1024) });
  assert.equal(readText(root, '/f', 1024 * 1024)?.length, 1024 * 1024);
  writeFileSync(`${root.path}/f`, 'x', { flag: 'a' });
  assert.throws(() => readText(root, '/f', 1024 * 1024), {
    code: 'VP_FILE_READ',
    message: `cannot read ${root.path}/f: larger than 1 MiB`,
  });
});
