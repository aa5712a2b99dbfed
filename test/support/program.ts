import { execFileSync } from 'node:child_process';

/** Compiles a small C program and makes it executable by everybody; returns its path. */
export function compile(path: string, source: string): string {
  execFileSync('cc', ['-x', 'c', '-D_GNU_SOURCE', '-pthread', '-o', path, '-'], { input: source });
  return path;
}
