import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPage, sectionsOf } from '../support/page.ts';
import { projectRoot } from '../support/scratch.ts';

interface Row {
  readonly promise: string;
  readonly tests: readonly string[];
}

/** The rows of a section's table. */
function rowsOf(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const [, promise = '', tests = ''] = line.split('|').map((cell) => cell.trim());
    return { promise, tests: tests.split('<br>') };
  });
}

/** Asserts that a test of that name stands in that file: `attack/kills`: killed at. */
function assertExists(reference: string): void {
  const [, file = '', name = ''] = /^`([\w/-]+)`: (.+)$/.exec(reference) ?? [];
  const path = join(projectRoot, 'test', `${file}.test.ts`);
  assert.ok(existsSync(path), `${reference}: there is no ${path}`);
  assert.ok(name.length > 10 && readFileSync(path, 'utf8').includes(name), reference);
}

test('every promise of docs/claims.md names tests that exist', () => {
  const sections = sectionsOf(readPage('docs/claims.md')).slice(1);
  const promising = sections.filter(({ heading }) => heading !== 'What is not promised');
  assert.equal(promising.length, 4);
  for (const { heading, text } of promising) {
    const rows = rowsOf(text);
    assert.ok(rows.length > 3, heading);
    // Nothing but the table: what stands beside it would name no test.
    const rest = text.split('\n').filter((line) => line !== '' && !line.startsWith('|'));
    assert.deepEqual(rest, [], heading);
    for (const { promise, tests } of rows) {
      assert.match(promise, /\.$/);
      tests.forEach(assertExists);
    }
  }
});

test('every file of attacks stands on the page', () => {
  const named = [...readPage('docs/claims.md').matchAll(/`attack\/([\w-]+)`/g)];
  const files = readdirSync(join(projectRoot, 'test/attack'))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replace('.test.ts', ''));
  assert.deepEqual([...new Set(named.map(([, name]) => name))].sort(), files.sort());
});
