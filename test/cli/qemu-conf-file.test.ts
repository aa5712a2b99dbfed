import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeImage } from '../support/qemu-conf-image.ts';
import { runProvision } from '../support/run-provision.ts';
import { isRoot, rootOnly } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

test('a file that already says so is not touched', (context) => {
  const { file, run } = makeImage(context, 'user = "q"\n');
  const { ino, mtimeMs } = statSync(file);
  assert.equal(run('set', 'user', 'q').exitCode, 0);
  assert.equal(run('unset', 'group').exitCode, 0);
  const now = statSync(file);
  assert.deepEqual([now.ino, now.mtimeMs], [ino, mtimeMs]);
});

test('owner, mode, access list and attributes stay', rootOnly, (context) => {
  const { file, run } = makeImage(context, 'user = "a"\n');
  chownSync(file, 12345, 23456);
  chmodSync(file, 0o640);
  assert.equal(runTool('setfacl', ['-m', 'u:34567:r', file]).status, 0);
  assert.equal(runTool('setfattr', ['-n', 'user.note', '-v', 'x', file]).status, 0);
  const words = [
    '-c',
    'getfacl -pn "$0"; getfattr -d -m - --absolute-names "$0"; stat -c %a:%u:%g "$0"',
  ];
  const before = runTool('sh', [...words, file]).stdout;
  assert.match(before, /user:34567:r--.*user\.note="x".*640:12345:23456/s);
  assert.equal(run('set', 'user', 'b').exitCode, 0);
  assert.equal(readFileSync(file, 'utf8'), 'user = "b"\n');
  assert.equal(runTool('sh', [...words, file]).stdout, before);
});

test('what is no file is refused, and nothing is written through it', (context) => {
  const { root, file, run } = makeImage(context, null);
  const victim = join(root, 'victim');
  writeFileSync(victim, 'user = "a"\n');
  symlinkSync(victim, file);
  for (const [verb, words] of [
    ['read', ['show']],
    ['read', ['get', 'user']],
    ['read', ['lint']],
    ['write through', ['set', 'user', 'b']],
    ['write through', ['unset', 'user']],
  ] as const) {
    const { exitCode, stderr } = run(...words);
    assert.equal(exitCode, 1);
    const [first] = stderr.split('\n');
    const place = 'ROOT/etc/libvirt/qemu.conf';
    assert.equal(first, `provision: error: cannot ${verb} ${place}: it is a symbolic link`);
  }
  assert.equal(readFileSync(victim, 'utf8'), 'user = "a"\n');
});

test('a directory or a pipe in its place is refused and hangs nothing', (context) => {
  const directory = makeImage(context, null);
  mkdirSync(directory.file);
  assert.match(directory.run('set', 'user', 'b').stderr, /it is a directory\n/);
  const pipe = makeImage(context, null);
  assert.equal(runTool('mkfifo', [pipe.file]).status, 0);
  assert.match(pipe.run('get', 'user').stderr, /it is a fifo\n/);
});

test('without a file there is nothing to read, unset has nothing to do, and set makes one', (context) => {
  const { root, file, run } = makeImage(context, null);
  for (const words of [['show'], ['get', 'user'], ['lint']]) {
    const { exitCode, stdout, stderr } = run(...words);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(
      stderr,
      /^provision: error: cannot read ROOT\/etc\/libvirt\/qemu\.conf: no such file or directory\n/,
    );
  }
  assert.equal(run('unset', 'user').exitCode, 0);
  assert.equal(run('set', 'user', 'q', '--dry-run').exitCode, 0);
  assert.deepEqual(readdirSync(join(root, 'etc/libvirt')), []);
  assert.equal(run('set', 'user', 'q').exitCode, 0);
  assert.equal(readFileSync(file, 'utf8'), 'user = "q"\n');
  const { mode, uid } = statSync(file);
  assert.deepEqual([mode & 0o7777, uid], [0o600, process.getuid?.()]);
});

test('no file is made where there is no directory, or others can write in it', (context) => {
  const { root, run } = makeImage(context, null);
  chmodSync(join(root, 'etc/libvirt'), 0o777);
  const open = run('set', 'user', 'q');
  assert.equal(open.exitCode, 1);
  assert.match(
    open.stderr,
    /^provision: error: cannot write ROOT\/etc\/libvirt\/qemu\.conf: others can write in ROOT\/etc\/libvirt\n/,
  );
  const none = run('set', 'user', 'q', '--file', '/etc/other/qemu.conf');
  assert.equal(none.exitCode, 1);
  assert.match(
    none.stderr,
    /cannot write ROOT\/etc\/other\/qemu\.conf: its directory does not exist\n/,
  );
  assert.deepEqual(readdirSync(join(root, 'etc')), ['libvirt']);
});

test('--file is a path as the root sees it', (context) => {
  const { root, run } = makeImage(context, 'user = "default"\n');
  const other = join(root, 'etc/libvirt/other.conf');
  writeFileSync(other, 'user = "other"\n');
  assert.equal(run('get', 'user', '--file', '/etc/libvirt/other.conf').stdout, 'other\n');
  assert.equal(run('--file', '/../../etc/libvirt/other.conf', 'get', 'user').stdout, 'other\n');
  const { stdout } = runProvision('qemu-conf', 'get', 'user', '--file', other);
  assert.equal(stdout, 'other\n');
  const relative = run('get', 'user', '--file', 'qemu.conf');
  assert.equal(relative.exitCode, 2);
  assert.match(
    relative.stderr,
    /^provision: error: 'qemu\.conf' is relative, and --root is ROOT\n/,
  );
  assert.equal(run('get', 'user', '--file', '').exitCode, 2);
});

test('a link of the image leads nowhere outside', (context) => {
  const { root, run } = makeImage(context, null);
  symlinkSync('/etc', join(root, 'etc/host'));
  const { exitCode, stderr } = run('get', 'ID', '--file', '/etc/host/os-release');
  assert.equal(exitCode, 1);
  assert.match(stderr, /cannot read ROOT\/etc\/host\/os-release: no such file or directory\n/);
});

test('bytes that are no UTF-8 stay as they are, and no other encoding comes in', (context) => {
  const before = Buffer.from('# \xe9\nvnc_password = "\xe9"\nuser = "a"\n', 'latin1');
  const { file, run } = makeImage(context, before);
  const refused = run('set', 'vnc_password', 'é');
  assert.equal(refused.exitCode, 3);
  assert.match(
    refused.stderr,
    /^provision: error: cannot set 'vnc_password': the value is not ASCII, and the file is not UTF-8\n/,
  );
  assert.deepEqual(readFileSync(file), before);
  assert.equal(run('set', 'user', 'b').exitCode, 0);
  const after = before.toString('latin1').replace('"a"', '"b"');
  assert.equal(readFileSync(file, 'latin1'), after);
});

test('a plain user is told what is missing', {
  skip: isRoot ? false : 'needs root to become somebody else',
}, (context) => {
  const { root } = makeImage(context, 'user = "a"\n');
  for (const path of ['', 'etc', 'etc/libvirt']) chmodSync(join(root, path), 0o755);
  const words = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
  const program = join(import.meta.dirname, '../../../dist/provision.mjs');
  const { status, stderr } = runTool('setpriv', [
    ...words,
    program,
    'qemu-conf',
    '--root',
    root,
    'show',
  ]);
  assert.equal(status, 4);
  assert.match(
    stderr,
    /^provision: error: cannot read .*qemu\.conf: permission denied\nprovision: hint: run it as root\n$/,
  );
});
