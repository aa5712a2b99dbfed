import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './scratch.ts';

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const programFile = join(projectRoot, 'dist/provision.mjs');

/** Runs the program as it was built, with a clean environment and no terminal. */
export function runProvision(...words: readonly string[]): Run {
  return run(process.execPath, [programFile, ...words]);
}

/** Runs any program to its end. */
export function run(file: string, words: readonly string[]): Run {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const { status, stdout, stderr } = spawnSync(file, words, { encoding: 'utf8', env });
  return { exitCode: status, stdout, stderr };
}
