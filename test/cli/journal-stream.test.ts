import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { programFile } from '../support/run-provision.ts';
import { makeScratch, projectRoot } from '../support/scratch.ts';

const programs = {
  provision: [programFile, 'nonsense'],
  'qemu-launch': [join(projectRoot, 'dist/qemu-launch.cjs'), 'nonsense'],
} as const;

/** What a program says when its stderr is a file and JOURNAL_STREAM is what `variable` makes of the file's identity. */
function saidWith(
  context: TestContext,
  words: readonly string[],
  variable: (dev: bigint, ino: bigint) => string | undefined,
): string {
  const path = join(makeScratch(context), 'stderr');
  const file = openSync(path, 'w');
  try {
    const { dev, ino } = fstatSync(file, { bigint: true });
    const stream = variable(dev, ino);
    const env = stream === undefined ? {} : { JOURNAL_STREAM: stream };
    spawnSync(process.execPath, words, { env, stdio: ['ignore', 'ignore', file] });
  } finally {
    closeSync(file);
  }
  return readFileSync(path, 'utf8');
}

for (const [program, words] of Object.entries(programs)) {
  test(`${program}: lines bear priorities where JOURNAL_STREAM names stderr`, (context) => {
    const said = saidWith(context, words, (dev, ino) => `${dev}:${ino}`);
    assert.match(said, new RegExp(`^<3>${program}: error: .*\n<5>${program}: hint: `));
  });

  for (const [name, variable] of [
    ['is not set', () => undefined],
    ['is empty', () => ''],
    ['is junk', () => 'yes'],
    ['names another file', (dev: bigint, ino: bigint) => `${dev}:${ino + 1n}`],
    ['names another device', (dev: bigint, ino: bigint) => `${dev + 1n}:${ino}`],
    ['has more behind it', (dev: bigint, ino: bigint) => `${dev}:${ino}0`],
  ] as const) {
    test(`${program}: lines bear no priorities where JOURNAL_STREAM ${name}`, (context) => {
      assert.match(saidWith(context, words, variable), new RegExp(`^${program}: error: `));
    });
  }
}
