import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CraftedProcess, makeProcRoot, write } from '../support/crafted-proc.ts';
import { awaitValue } from '../support/emulators.ts';
import { parseMarkup } from '../support/markup.ts';
import { programFile, runProvision } from '../support/run-provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needs } from '../support/tool.ts';

const harmless: CraftedProcess = { pid: 7 };
const asRoot: CraftedProcess = { pid: 8, status: { Uid: '0\t0\t0\t0' } };
const unbound: CraftedProcess = { pid: 9, status: { CapBnd: '000001ffffffffff' } };

function makeRoot(context: TestContext, ...processes: readonly CraftedProcess[]): string {
  const root = makeProcRoot(makeScratch(context), processes);
  write(join(root, 'etc/passwd'), 'qemu:x:107:107::/:/sbin/nologin\n');
  write(join(root, 'etc/group'), 'qemu:x:107:\n');
  return root;
}

for (const [name, processes, status, sum] of [
  ['all pass', [harmless], 0, '1 QEMU process: 0 fail, 0 with warnings, 1 pass'],
  ['a warning', [harmless, unbound], 0, '2 QEMU processes: 0 fail, 1 with warnings, 1 pass'],
  ['one fails', [harmless, asRoot], 3, '2 QEMU processes: 1 fail, 0 with warnings, 1 pass'],
  ['none', [{ pid: 7, exe: '/bin/sh' }], 0, 'no QEMU process was found'],
] as const) {
  test(`exit status ${status}: ${name}`, (context) => {
    const { exitCode, stdout, stderr } = runProvision(
      'audit',
      '--root',
      makeRoot(context, ...processes),
    );
    assert.deepEqual([exitCode, stderr], [status, '']);
    assert.equal(stdout.trimEnd().split('\n').at(-1), sum);
  });
}

test('the document, by either option', (context) => {
  const root = makeRoot(context, harmless, asRoot);
  const { exitCode, stdout, stderr } = runProvision('audit', '--json', '--root', root);
  assert.deepEqual([exitCode, stderr], [3, '']);
  assert.equal(runProvision('audit', '--format', 'json', '--root', root).stdout, stdout);
  const { version, processes, verdict, complete } = JSON.parse(stdout);
  assert.deepEqual([version, verdict, complete], [1, 'fail', true]);
  assert.deepEqual(
    processes.map(({ pid, user, verdict: own }: Record<string, unknown>) => [pid, user, own]),
    [
      [7, 'qemu', 'pass'],
      [8, '0', 'fail'],
    ],
  );
});

test('metrics', (context) => {
  const root = makeRoot(context, asRoot);
  const { exitCode, stdout } = runProvision('audit', '--format', 'prometheus', '--root', root);
  assert.equal(exitCode, 3);
  assert.match(stdout, /^virt_privileges_qemu_processes\{verdict="fail"\} 1$/m);
});

for (const [words, message] of [
  [['--json', '--format', 'table'], '--json and --format table exclude each other'],
  [['--watch', '--format', 'prometheus'], '--watch and --format prometheus exclude each other'],
  [
    ['--interval', '0'],
    "option '--interval <seconds>' argument '0' is invalid. it is no number of seconds above 0",
  ],
  [['--html', ''], "option '--html <file>' argument '' is invalid. it is empty"],
] as const) {
  test(`usage: audit ${words.join(' ')}`, () => {
    const { exitCode, stderr } = runProvision('audit', ...words);
    assert.equal(exitCode, 2);
    assert.equal(stderr.split('\n')[0], `provision: error: ${message}`);
  });
}

test('a root without processes is no machine', (context) => {
  const root = makeRoot(context);
  const { exitCode, stderr } = runProvision('audit', '--root', root);
  assert.equal(exitCode, 1);
  assert.match(stderr, /^provision: error: cannot audit .*\/proc: it shows no process\n/);
});

test('the page is written for the caller alone, in place of an older one', (context) => {
  const root = makeRoot(context, asRoot);
  const file = join(root, 'page.html');
  write(file, 'old');
  chmodSync(file, 0o644);
  const { exitCode, stdout } = runProvision('audit', '--root', root, '--html', file);
  assert.equal(exitCode, 3);
  assert.match(stdout, /1 fail/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const page = readFileSync(file, 'utf8');
  assert.match(page, /1 QEMU process: 1 fail/);
  parseMarkup(page.replace(/(<style>)[\s\S]*?(<\/style>)/, '$1$2'));
});

test('no page in the place of a link, a directory or below nothing', (context) => {
  const root = makeRoot(context, harmless);
  symlinkSync('/dev/null', join(root, 'link'));
  mkdirSync(join(root, 'directory'));
  for (const [name, why] of [
    ['link', 'something stands there that is no regular file'],
    ['directory', 'something stands there that is no regular file'],
    ['none/page', 'no such file or directory'],
  ] as const) {
    const file = join(root, name);
    const { exitCode, stderr } = runProvision('audit', '--root', root, '--html', file);
    assert.equal(exitCode, 1);
    assert.equal(stderr.split('\n')[0], `provision: error: cannot write ${file}: ${why}`);
  }
  assert.equal(readFileSync('/dev/null', 'utf8'), '');
});

/** Runs `audit --watch` in the background; what it has printed so far. */
function startWatch(context: TestContext, root: string, ...words: readonly string[]) {
  const all = [programFile, 'audit', '--watch', '--interval', '0.05', '--root', root, ...words];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  return { child, text: () => text };
}

test('--watch says what changes, and ends with 130 when interrupted', async (context) => {
  const root = makeRoot(context, harmless);
  const { child, text } = startWatch(context, root);
  await awaitValue(() => (text().includes('1 pass\n') ? true : undefined));
  const more = makeProcRoot(join(root, 'more'), [asRoot]);
  symlinkSync(join(more, 'proc/8'), join(root, 'proc/8'));
  await awaitValue(() => (text().includes('+ qemu-system-x86, pid 8: fail\n') ? true : undefined));
  rmSync(join(root, 'proc/8'));
  await awaitValue(() => (text().includes('- qemu-system-x86, pid 8: ended\n') ? true : undefined));
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'close'), [130, null]);
  assert.equal(text().match(/VERDICT/g)?.length, 1);
});

test('--watch --json: a document on a line whenever something changes', async (context) => {
  const root = makeRoot(context, harmless);
  const { child, text } = startWatch(context, root, '--json');
  await awaitValue(() => (text().endsWith('\n') ? true : undefined));
  write(join(root, 'proc/7/unused'), '');
  const more = makeProcRoot(join(root, 'more'), [asRoot]);
  symlinkSync(join(more, 'proc/8'), join(root, 'proc/8'));
  await awaitValue(() => (text().split('\n').length > 2 ? true : undefined));
  child.kill('SIGTERM');
  await once(child, 'close');
  const documents = text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    documents.map(({ version, verdict }) => [version, verdict]),
    [
      [1, 'pass'],
      [1, 'fail'],
    ],
  );
});

test('--watch --html: the page is written again when something changes', async (context) => {
  const root = makeRoot(context, harmless);
  const file = join(root, 'page.html');
  const { child, text } = startWatch(context, root, '--html', file);
  await awaitValue(() => (text() === '' ? undefined : true));
  assert.match(readFileSync(file, 'utf8'), /1 QEMU process: 0 fail/);
  const more = makeProcRoot(join(root, 'more'), [asRoot]);
  symlinkSync(join(more, 'proc/8'), join(root, 'proc/8'));
  await awaitValue(() => /2 QEMU processes: 1 fail/.test(readFileSync(file, 'utf8')) || undefined);
  child.kill('SIGINT');
  await once(child, 'close');
});

test('--watch draws a terminal anew', needs('script'), (context) => {
  const root = makeRoot(context, harmless);
  const words = ['audit', '--watch', '--interval', '0.05', '--root', root];
  const line = `timeout -s INT 2 ${[process.execPath, programFile, ...words].join(' ')}`;
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8' });
  const drawn = stdout.split('\x1b[H\x1b[2J\x1b[3J');
  assert.ok(drawn.length > 3, stdout);
  assert.equal(drawn[0], '');
  assert.equal(drawn[1], drawn[2]);
  assert.match(drawn[1] ?? '', /^VERDICT[\s\S]*1 pass\r\n$/);
});

test('--watch ends when nobody reads it any more', async (context) => {
  const root = makeRoot(context, harmless);
  const { child, text } = startWatch(context, root);
  await awaitValue(() => (text() === '' ? undefined : true));
  child.stdout.destroy();
  const more = makeProcRoot(join(root, 'more'), [asRoot]);
  symlinkSync(join(more, 'proc/8'), join(root, 'proc/8'));
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
});
