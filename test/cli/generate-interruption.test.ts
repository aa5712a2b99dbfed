import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeOutput } from '../../src/host/output/output-directory.ts';
import { makeTree } from '../support/host.ts';
import { outputOf } from '../support/output-sets.ts';
import { programFile, run, runProvision } from '../support/run-provision.ts';
import { makeScratch, rounds } from '../support/scratch.ts';
import { needs, needsNamespaceAnd, runTool } from '../support/tool.ts';

const program = [process.execPath, programFile, 'generate', '--target'];

/** Every file below a directory with its text; null without one. */
function contents(directory: string): Readonly<Record<string, string>> | null {
  if (!existsSync(directory)) return null;
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** A directory with a set in `out` for each target. */
function makeSet(context: TestContext, target: string): string {
  const top = makeScratch(context);
  assert.equal(runProvision('generate', '--target', target, '--out', join(top, 'out')).exitCode, 0);
  return top;
}

/** Runs the program and kills it when it calls any of these for the nth time; false when it never did. */
function killAt(out: string, calls: string, nth: number): boolean {
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:signal=KILL:when=${nth}`];
  const words = ['-f', '-qq', '-o', '/dev/null', ...inject, ...program, 'fedora-44', '--out', out];
  return runTool('strace', words).status !== 0;
}

// One for each kind of step; `npm run test:long` kills it at every one.
const moments: Readonly<Record<string, readonly number[]>> = {
  mkdir: [2, 4],
  fsync: [6, 99],
  'rename,renameat,renameat2': [1, 2],
  'unlink,unlinkat': [1, 3],
  rmdir: [1, 3],
};
const isLong = rounds(0, 1) === 1;

const old = 'debian-13';

for (const [calls, some] of Object.entries(moments)) {
  test(`killed at ${calls}: old or new, and the next run cleans up`, needs('strace'), (context) => {
    const [before, wanted] = [makeSet(context, old), makeSet(context, 'fedora-44')];
    const whole = [before, wanted].map((top) => contents(join(top, 'out')));
    const all = Array.from({ length: 99 }, (_, index) => index + 1);
    for (const nth of isLong ? all : some) {
      const top = makeScratch(context);
      cpSync(before, top, { recursive: true });
      const out = join(top, 'out');
      const isKilled = killAt(out, calls, nth);
      requireWhole(top, whole, `${calls} ${nth}`);
      assert.equal(runProvision('generate', '--target', 'fedora-44', '--out', out).exitCode, 0);
      assert.deepEqual([readdirSync(top), contents(out)], [['out'], whole[1]]);
      if (!isKilled) break;
    }
  });
}

// Between the two renames there is no directory for a moment; both contents stand beside it then.
function requireWhole(top: string, whole: readonly unknown[], moment: string): void {
  const found = contents(join(top, 'out'));
  if (found !== null) {
    const known = whole.map((one) => JSON.stringify(one));
    assert.ok(known.includes(JSON.stringify(found)), moment);
    return;
  }
  const [beside = ''] = readdirSync(top);
  assert.deepEqual(contents(join(top, beside, 'old/out')), whole[0], moment);
  assert.deepEqual(contents(join(top, beside, 'new/out')), whole[1], moment);
}

test('the kill between the renames is one that the test sees', needs('strace'), (context) => {
  const top = makeSet(context, old);
  assert.equal(killAt(join(top, 'out'), 'rename,renameat,renameat2', 2), true);
  const [beside = '', ...more] = readdirSync(top);
  assert.match(beside, /^\.virt-privileges-\d+-\d+-\d+-\w{6}$/);
  assert.deepEqual(more, []);
});

test('an old content comes back even when the next run is refused', needs('strace'), (context) => {
  const top = makeSet(context, old);
  const before = contents(join(top, 'out'));
  assert.equal(killAt(join(top, 'out'), 'rename,renameat,renameat2', 2), true);
  const tooLong = outputOf('x'.repeat(256));
  assert.throws(() => writeOutput(join(top, 'out'), tooLong), { code: 'VP_OUT_INVALID' });
  assert.deepEqual([readdirSync(top), contents(join(top, 'out'))], [['out'], before]);
});

const scripts: Readonly<Record<string, string>> = {
  'disk full': 'mount -t tmpfs -o size=256k none "$1"',
  'no more files': 'mount -t tmpfs -o nr_inodes=32 none "$1"',
};

for (const [what, mount] of Object.entries(scripts)) {
  test(
    `${what} half way: the old content is whole, and nothing else is there`,
    needsNamespaceAnd('mount'),
    (context) => {
      const top = makeTree(context);
      const out = join(top, 'out');
      const fill = what === 'disk full' ? 'head -c 240k /dev/zero >"$top/filler" 2>/dev/null' : ':';
      const script = `${mount} && top=$1 && shift || exit 99
"$@" ${old} --out "$top/out" || exit 98
${fill}
"$@" fedora-44 --out "$top/out" --json
echo $?
"$@" ${old} --out "$top/out" --check && ls -A "$top"
"$@" fedora-44 --out "$top/a/b" >/dev/null 2>&1
ls -A "$top"`;
      const words = ['--mount', 'sh', '-c', script, 'sh', top, ...program];
      const { status, stdout } = runTool('unshare', words);
      assert.equal(status, 0, stdout);
      const [json = '', ...lines] = stdout.trimEnd().split('\n');
      const reason = 'no space left on device';
      const message = `cannot write to ${out}: ${reason}`;
      const error = { code: 'VP_FILE_WRITE', message, path: out };
      assert.deepEqual(JSON.parse(json), { version: 1, error });
      const listed = what === 'disk full' ? ['filler', 'out'] : ['out'];
      assert.deepEqual(lines, ['1', ...listed, ...listed]);
    },
  );
}

test('runs at the same time leave one whole set and nothing beside it', (context) => {
  const top = makeTree(context);
  const script = 'for n in 1 2 3 4; do "$@" & done; wait';
  const out = join(top, 'out');
  for (let round = 0; round < rounds(2, 20); round += 1) {
    run('sh', ['-c', script, 'sh', ...program, 'fedora-44', '--out', out]);
    assert.deepEqual(readdirSync(top), ['out']);
    const checked = runProvision('generate', '--target', 'fedora-44', '--out', out, '--check');
    assert.equal(checked.exitCode, 0, checked.stderr);
  }
});
