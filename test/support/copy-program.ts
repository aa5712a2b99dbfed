import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeScratch, projectRoot } from './scratch.ts';

/** The program where anybody can read it: the project's own directory may be root's alone. */
export function copyProgram(context: TestContext): string {
  const place = makeScratch(context);
  chmodSync(place, 0o755);
  for (const path of ['package.json', 'dist', 'templates'])
    cpSync(join(projectRoot, path), join(place, path), { recursive: true });
  return join(place, 'dist/provision.mjs');
}
