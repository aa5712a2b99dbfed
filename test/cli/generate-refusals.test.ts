import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { makeTree } from '../support/host.ts';
import { programFile, run, runProvision } from '../support/run-provision.ts';
import { makeScratch, rootOnly } from '../support/scratch.ts';
import { needsNamespaceAnd, runTool } from '../support/tool.ts';

const words = ['generate', '--target', 'fedora-44'];
const usual = 'give --out a directory that is absent, empty or written by `provision generate`';

const policies: readonly (readonly [string, string])[] = [
  ['user: {name: "a\\nb"}\n', "1:14: 'user.name' is 'a\nb', which is no account name"],
  ['user: {name: -a}\n', "1:14: 'user.name' is '-a', which is no account name"],
  ['group: {gid: 4294967295}\n', "1:14: 'group.gid' is 4294967295, which is no system id"],
  [
    'user:\n  comment: 100%\n',
    "2:12: 'user.comment' has a character that account files cannot hold",
  ],
  ['kvm: {mode: 666}\n', "1:13: 'kvm.mode' must be a string in quotes"],
  ['kvm: {mode: "0999"}\n', '1:13: \'kvm.mode\' is "0999", neither "0666" nor "0660"'],
  [
    "qemu_conf:\n  vnc_listen: 'a\\b'\n",
    "2:15: qemu.conf cannot hold a backslash for 'vnc_listen'",
  ],
];

for (const [text, message] of policies) {
  test(`a policy is refused with its place: ${JSON.stringify(text)}`, (context) => {
    const top = makeTree(context, { 'policy.yaml': text });
    const [file, out] = [join(top, 'policy.yaml'), join(top, 'out')];
    const result = runProvision(...words, '--policy', file, '--out', out, '--json');
    assert.equal(result.exitCode, 1);
    const { version, error } = JSON.parse(result.stdout);
    const { code, path, line, column } = error;
    assert.deepEqual([version, code, path], [1, 'VP_POLICY_INVALID', file]);
    assert.equal(error.message, `${file}:${message}`);
    assert.equal(`${line}:${column}`, message.split(':', 2).join(':'));
    assert.match(
      result.stderr,
      /^provision: error: \S+policy\.yaml:\d+:\d+: [^\n]*\nprovision: hint: /,
    );
    assert.deepEqual(readdirSync(top), ['policy.yaml']);
  });
}

interface Refusal {
  readonly prepare?: (top: string) => void;
  /** Where the program stands, below the directory of the test. */
  readonly cwd?: string;
  readonly out: string;
  readonly reason: string;
  readonly hint?: string;
}

const standing = {
  reason: 'it is the working directory or holds it',
  hint: 'the directory is replaced as a whole: run it from the directory above, or from elsewhere',
};

const refusals: Readonly<Record<string, Refusal>> = {
  'a file': { out: 'file', reason: 'not a directory' },
  'a file with a slash': { out: 'file/', reason: 'not a directory' },
  'below a file': { out: 'file/out', reason: 'not a directory' },
  'far below a file': { out: 'file/a/b', reason: 'not a directory' },
  'a dangling link': {
    prepare: (top) => symlinkSync('nothing', join(top, 'link')),
    out: 'link',
    reason: 'it is a symbolic link to nothing',
  },
  'below a dangling link': {
    prepare: (top) => symlinkSync('nothing', join(top, 'link')),
    out: 'link/out',
    reason: 'no such file or directory',
  },
  'a directory with another’s file': {
    prepare: (top) => makeFile(top, 'full'),
    out: 'full/',
    reason: 'mine is not from an earlier run',
  },
  'the root of the file system': { out: '/', reason: 'it is the root of the file system' },
  'the working directory': { out: '.', cwd: 'empty', ...standing },
  'the directory above': { out: '..', cwd: 'empty', ...standing },
  'a name too long': { out: 'x'.repeat(256), reason: 'name too long' },
};

function makeFile(top: string, directory: string): void {
  mkdirSync(join(top, directory));
  writeFileSync(join(top, directory, 'mine'), '');
}

for (const [what, { prepare, out, cwd = '.', reason, hint = usual }] of Object.entries(refusals)) {
  test(`--out that is ${what} is refused, and nothing is changed`, (context) => {
    const top = makeTree(context, { file: '' });
    mkdirSync(join(top, 'empty'));
    prepare?.(top);
    const before = readdirSync(top, { recursive: true });
    const command = [programFile, ...words, '--out', out, '--json'];
    const { status, stdout, stderr } = runTool(process.execPath, command, { cwd: join(top, cwd) });
    const message = `cannot write to ${out}: ${reason}`;
    assert.deepEqual(JSON.parse(stdout), {
      version: 1,
      error: { code: 'VP_OUT_INVALID', message, hint, path: out },
    });
    assert.equal(stderr, `provision: error: ${message}\nprovision: hint: ${hint}\n`);
    assert.equal(status, 1);
    assert.deepEqual(readdirSync(top, { recursive: true }), before);
  });
}

test('a trailing slash and a link to a directory are fine', (context) => {
  const top = makeTree(context);
  symlinkSync('out', join(top, 'link'));
  for (const out of ['out/', 'out//', 'link/', 'link'])
    assert.equal(runProvision(...words, '--out', join(top, out)).exitCode, 0, out);
  assert.deepEqual(readdirSync(top), ['link', 'out']);
});

test('the working directory may be gone when --out is absolute', (context) => {
  const top = makeTree(context);
  const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
  const command = [process.execPath, programFile, ...words, '--out'];
  const runIn = (out: string) => runTool('sh', ['-c', script, 'sh', ...command, out], { cwd: top });
  assert.equal(runIn(join(top, 'out')).status, 0);
  const { status, stderr } = runIn('out');
  assert.equal(status, 1);
  assert.match(stderr, /^provision: error: cannot write to out: no such file or directory$/m);
  assert.deepEqual(readdirSync(top), ['out']);
});

const mounted = needsNamespaceAnd('mount');

test('--out that is a mount point says so', mounted, (context) => {
  const top = makeTree(context, { 'out/x': '' });
  const out = join(top, 'out');
  const script = 'mount -t tmpfs none "$1" && shift && exec "$@"';
  const command = [process.execPath, programFile, ...words, '--out', out];
  const { status, stderr } = runTool('unshare', ['-m', 'sh', '-c', script, 'sh', out, ...command]);
  assert.equal(status, 1);
  assert.equal(
    stderr,
    `provision: error: cannot write to ${out}: it is a mount point\nprovision: hint: the directory is replaced as a whole: give --out one below the mount point\n`,
  );
  assert.deepEqual(readdirSync(top, { recursive: true }).sort(), ['out', 'out/x']);
});

test(
  '--out in the lower layer of an overlay, as in a container, says what to do',
  mounted,
  (context) => {
    const top = makeTree(context);
    const out = join(top, 'merged/out');
    const script = `mkdir lower merged layer && mount -t tmpfs none layer && mkdir layer/upper layer/work
"$@" lower/out 2>/dev/null || exit 98
mount -t overlay -o redirect_dir=off,lowerdir=lower,upperdir=layer/upper,workdir=layer/work none merged
"$@" "$PWD/merged/out"; status=$?
ls -A merged && "$@" merged/out --check && exit $status`;
    const command = [process.execPath, programFile, ...words, '--out'];
    const options = { cwd: top };
    const run = runTool('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], options);
    const hint = 'the file system cannot move it: remove it first';
    const message = `cannot write to ${out}: cross-device link not permitted`;
    assert.deepEqual(run, {
      status: 1,
      stdout: 'out\n',
      stderr: `provision: error: ${message}\nprovision: hint: ${hint}\n`,
    });
  },
);

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];

test('--out that a plain user may not write lacks a right', rootOnly, (context) => {
  const top = makeTree(context);
  chmodSync(top, 0o755);
  for (const name of ['ours', 'theirs']) mkdirSync(join(top, name));
  chownSync(join(top, 'theirs'), 65534, 65534);
  const program = [...nobody, process.execPath, copyProgram(context), ...words, '--json', '--out'];
  for (const out of ['absent', 'ours', 'theirs', 'ours/out']) {
    const { exitCode, stdout } = run('setpriv', [...program, join(top, out)]);
    assert.equal(exitCode, 4, out);
    const { code, message, hint } = JSON.parse(stdout).error;
    assert.equal(code, 'VP_MISSING_PRIVILEGE');
    assert.equal(message, `cannot write to ${join(top, out)}: permission denied`);
    assert.match(hint, /one that you may write, in a directory that you may write$/);
  }
  assert.deepEqual(readdirSync(top, { recursive: true }).sort(), ['ours', 'theirs']);
  assert.equal(run('setpriv', [...program, join(top, 'theirs/out')]).exitCode, 0);
});

test('root does not replace a directory in which somebody else may write', rootOnly, (context) => {
  const top = makeScratch(context);
  const out = join(top, 'out');
  const all = ['generate', '--target', 'debian-13', '--out', out];
  assert.equal(runProvision(...all).exitCode, 0);
  for (const [path, why] of [
    [out, 'it belongs to uid 1234'],
    [join(out, 'debian'), 'it belongs to uid 1234'],
  ] as const) {
    chownSync(path, 1234, 1234);
    const { exitCode, stderr } = runProvision(...all);
    assert.equal(exitCode, 1);
    assert.match(stderr, new RegExp(`^provision: error: cannot write to ${out}: ${why}\n`));
    chownSync(path, 0, 0);
  }
  chmodSync(out, 0o777);
  assert.match(runProvision(...all).stderr, /: others may write in it\n/);
  chmodSync(out, 0o755);
  assert.equal(runProvision(...all).exitCode, 0);
});
