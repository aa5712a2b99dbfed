import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8' });
}

/** Fails unless a program or library bears every hardening of the build. */
export function assertHardened(file: string): void {
  const dynamic = run('readelf', '-dW', file);
  assert.match(dynamic, /BIND_NOW|\bNOW\b/);
  assert.doesNotMatch(dynamic, /RPATH|RUNPATH|TEXTREL/);
  const segments = run('readelf', '-lW', file);
  assert.match(segments, /GNU_RELRO/);
  assert.match(segments, /GNU_STACK\s.*\sRW\s/);
  const symbols = run('nm', '-D', '--undefined-only', file);
  assert.match(symbols, /__stack_chk_fail/);
  // What _FORTIFY_SOURCE makes of the calls that print.
  assert.match(symbols, /__\w*printf_chk/);
}
