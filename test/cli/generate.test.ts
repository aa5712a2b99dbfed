import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runProvision } from '../support/run-provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

function generate(out: string, ...words: readonly string[]) {
  return runProvision('generate', '--target', 'fedora-44', '--out', out, ...words);
}

function generated(context: TestContext, ...words: readonly string[]): string {
  const out = join(makeScratch(context), 'out');
  const { exitCode, stdout, stderr } = generate(out, ...words);
  assert.deepEqual([exitCode, stdout], [0, ''], stderr);
  return out;
}

test('--check finds nothing in what was just written, and writes nothing', (context) => {
  const out = generated(context);
  const before = statSync(out).mtimeMs;
  assert.deepEqual(generate(out, '--check'), { exitCode: 0, stdout: '', stderr: '' });
  assert.equal(statSync(out).mtimeMs, before);
});

test('--check: a packager’s own files beside ours are no difference', (context) => {
  const out = generated(context);
  writeFileSync(join(out, 'qemu.spec'), 'Name: qemu\n');
  assert.equal(generate(out, '--check').exitCode, 0);
});

test('--check: a unified diff that brings the directory up to date', needs('patch'), (context) => {
  const out = generated(context);
  appendFileSync(join(out, 'virt-privileges.sysusers'), 'g mine 5\n');
  rmSync(join(out, 'qemu.conf'));
  const { exitCode, stdout, stderr } = generate(out, '--check');
  assert.equal(exitCode, 3);
  assert.match(stdout, /^--- a\/virt-privileges\.sysusers\n\+\+\+ b\/virt-privileges\.sysusers$/m);
  assert.match(stdout, /^-g mine 5$/m);
  assert.match(stdout, /^--- \/dev\/null\n\+\+\+ b\/qemu\.conf$/m);
  assert.equal(
    stderr,
    `provision: error: 2 files in ${out} would be written otherwise\nprovision: hint: without --check the same command writes them\n`,
  );
  assert.equal(runTool('patch', ['-p1', '-d', out], { input: stdout }).status, 0);
  assert.equal(generate(out, '--check').exitCode, 0);
});

test('--check: another policy, target or version shows, and what it no longer has is stale', (context) => {
  const out = join(makeScratch(context), 'out');
  const words = ['--out', out, '--target'];
  assert.equal(runProvision('generate', ...words, 'debian-12').exitCode, 0);
  const { exitCode, stdout } = runProvision('generate', ...words, 'fedora-44', '--check', '--json');
  assert.equal(exitCode, 3);
  const { version, differences } = JSON.parse(stdout);
  assert.equal(version, 1);
  const kinds = Object.fromEntries(
    differences.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
  );
  assert.equal(kinds['virt-privileges.sysusers'], 'changed');
  assert.equal(kinds['debian/rules'], 'stale');
  assert.equal(differences.length, Object.keys(kinds).length);
  assert.match(differences[0].diff, /^--- a\//);
});

test('--check of a directory that is not there is an error, not a difference', (context) => {
  const out = join(makeScratch(context), 'absent');
  const { exitCode, stdout, stderr } = generate(out, '--check');
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(stderr, /^provision: error: cannot read .*absent: /);
});

test('--check does not follow a link in the place of a file', (context) => {
  const out = generated(context);
  rmSync(join(out, 'qemu.conf'));
  symlinkSync('/etc/shadow', join(out, 'qemu.conf'));
  const { exitCode, stdout, stderr } = generate(out, '--check');
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(stderr, /qemu\.conf: it is no regular file/);
});

test('a set for all RPM targets, and its check', (context) => {
  const out = join(makeScratch(context), 'all');
  const words = ['generate', '--target', 'all', '--out', out];
  assert.equal(runProvision(...words).exitCode, 0);
  const spec = readFileSync(join(out, 'virt-privileges-host.spec'), 'utf8');
  assert.match(spec, /^%if \(0%\{\?fedora\} && 0%\{\?fedora\} < 42\) \|\| 0%\{\?rhel\}$/m);
  assert.equal(runProvision(...words, '--check').exitCode, 0);
  const other = runProvision(...words, '--check', '--layout', 'etc');
  assert.equal(other.exitCode, 3);
});

test('a specpart is refused where the target’s rpm knows none', (context) => {
  const out = join(makeScratch(context), 'out');
  for (const [target, why] of [
    ['fedora-40', 'fedora-40 has rpm 4.19.1.1'],
    ['all', 'fedora-12 has rpm 4.7.1'],
  ] as const) {
    const words = ['--target', target, '--delivery', 'specpart', '--out', out];
    const { exitCode, stderr } = runProvision('generate', ...words);
    assert.equal(exitCode, 2);
    assert.match(stderr, new RegExp(`^provision: error: --delivery specpart: ${why}`));
  }
});

test('what Debian wants in a directory of its own is replaced with the rest', (context) => {
  const out = join(makeScratch(context), 'out');
  const words = ['generate', '--target', 'debian-13', '--out', out];
  for (let run = 0; run < 2; run += 1) assert.equal(runProvision(...words).exitCode, 0);
  assert.equal(statSync(join(out, 'debian/rules')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(out, 'debian')).mode & 0o7777, 0o755);
  assert.equal(generate(out).exitCode, 0);
  assert.ok(!readdirSync(out).includes('debian'));
});

for (const [name, spoil, foreign] of [
  ['a file', (out: string) => writeFileSync(join(out, 'debian/mine'), ''), 'debian/mine'],
  ['an empty directory', (out: string) => mkdirSync(join(out, 'debian/tmp')), 'debian/tmp'],
] as const) {
  test(`${name} of somebody’s in that directory keeps all of it`, (context) => {
    const out = join(makeScratch(context), 'out');
    const words = ['generate', '--target', 'debian-13', '--out', out];
    assert.equal(runProvision(...words).exitCode, 0);
    spoil(out);
    const { exitCode, stderr } = runProvision(...words);
    assert.equal(exitCode, 1);
    assert.match(stderr, new RegExp(`: ${foreign} is not from an earlier run\n`));
    assert.ok(readdirSync(out).includes('manifest.json'));
  });
}
