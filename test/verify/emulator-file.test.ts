import assert from 'node:assert/strict';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { holdsEmulator } from '../../src/verify/emulator-file.ts';
import { makeScratch } from '../support/scratch.ts';

const banner = 'QEMU emulator version';
const help = 'freeze CPU at startup';
const mebibyte = 1024 * 1024;

/** A file of this size with the banner at this place, and the line of help at another. */
function makeFile(
  context: TestContext,
  size: number,
  place: number | null,
  helpPlace: number | null = 500,
): string {
  const path = join(makeScratch(context), 'program');
  const bytes = Buffer.alloc(Math.min(size, 4 * mebibyte));
  if (place !== null) bytes.write(banner, place);
  if (helpPlace !== null) bytes.write(help, helpPlace);
  writeFileSync(path, bytes);
  truncateSync(path, size);
  return path;
}

for (const [name, size, place, found] of [
  ['at the start', 2 * mebibyte, 0, true],
  ['across two blocks', 3 * mebibyte, mebibyte - 7, true],
  ['across the next two blocks', 3 * mebibyte, 2 * mebibyte - 1, true],
  ['at the very end', 2 * mebibyte, 2 * mebibyte - banner.length, true],
  ['nowhere', 2 * mebibyte, null, false],
  ['cut off', 2 * mebibyte, 2 * mebibyte - banner.length + 1, false],
  ['in a file too small to be an emulator', mebibyte - 1, 0, false],
] as const) {
  test(`the words ${name}`, (context) => {
    const path = makeFile(context, size, place);
    assert.deepEqual(holdsEmulator(path, new Map()), { kind: 'value', value: found });
  });
}

for (const [name, helpPlace, found] of [
  ['in an earlier block', 0, true],
  ['in a later block', 3 * mebibyte - help.length, true],
  ['nowhere: a program that asks QEMU for its version', null, false],
] as const) {
  test(`the line of help ${name}`, (context) => {
    const path = makeFile(context, 3 * mebibyte, mebibyte + 5, helpPlace);
    assert.deepEqual(holdsEmulator(path, new Map()), { kind: 'value', value: found });
  });
}

test('a file is read once, and again when it changes', (context) => {
  const path = makeFile(context, 2 * mebibyte, null);
  const seen = new Map<string, boolean>();
  holdsEmulator(path, seen);
  assert.equal(seen.size, 1);
  const link = join(makeScratch(context), 'link');
  symlinkSync(path, link);
  holdsEmulator(link, seen);
  assert.equal(seen.size, 1);
  writeFileSync(path, Buffer.alloc(3 * mebibyte, banner + help));
  assert.deepEqual(holdsEmulator(path, seen), { kind: 'value', value: true });
});

test('what is not there', (context) => {
  const place = makeScratch(context);
  assert.deepEqual(holdsEmulator(join(place, 'none'), new Map()), { kind: 'gone' });
});
