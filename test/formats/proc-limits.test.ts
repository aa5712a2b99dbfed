import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { limitNames, parseProcLimit } from '../../src/formats/proc-limits.ts';

const text = `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        0                    unlimited            bytes     
Max processes             96365                96366                processes 
Max open files            1024                 524288               files     
Max locked memory         65536                unlimited            bytes     
`;

test('soft and hard limit of each name', () => {
  assert.deepEqual(parseProcLimit(text, 'core'), [0, 'unlimited']);
  assert.deepEqual(parseProcLimit(text, 'nproc'), [96365, 96366]);
  assert.deepEqual(parseProcLimit(text, 'nofile'), [1024, 524288]);
  assert.deepEqual(parseProcLimit(text, 'memlock'), [65536, 'unlimited']);
});

test('a line that is missing or cut off is said', () => {
  for (const broken of ['', 'Max open files\n', 'Max open files 1024\n', 'Max open files a b\n']) {
    assert.throws(() => parseProcLimit(broken, 'nofile'), {
      code: 'VP_INTERNAL',
      message: 'the line Max open files of /proc/PID/limits is malformed',
    });
  }
});

test('the kernel’s own text', () => {
  const [soft, hard] = parseProcLimit(readFileSync('/proc/self/limits', 'utf8'), 'nofile');
  assert.ok(typeof soft === 'number' && soft > 0 && (hard === 'unlimited' || hard >= soft));
});

test('every name that prlimit(1) knows, with what it says', () => {
  const words = [
    '--pid',
    String(process.pid),
    '--raw',
    '--noheadings',
    '--output',
    'RESOURCE,SOFT,HARD',
  ];
  const rows = execFileSync('prlimit', words, { encoding: 'utf8' }).trim().split('\n');
  const text = readFileSync('/proc/self/limits', 'utf8');
  const known = Object.fromEntries(
    limitNames.map((name) => [name, parseProcLimit(text, name).map(String)]),
  );
  const said = rows
    .map((row) => row.split(' '))
    .map(([name = '', ...pair]) => [name.toLowerCase(), pair]);
  assert.deepEqual(known, Object.fromEntries(said));
});
