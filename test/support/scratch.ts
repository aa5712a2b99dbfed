import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** The project's directory, seen from the compiled tests (build/test/support). */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export const isRoot = process.getuid?.() === 0;

/** For a test's options: skipped, with the reason, where the tests do not run as root. */
export const rootOnly = { skip: isRoot ? false : 'needs root: it changes owners and identities' };

/** How often a long loop goes round: small by default, large in `npm run test:long`. */
export function rounds(small: number, large: number): number {
  return process.env['VIRT_PRIVILEGES_TEST_SIZE'] === 'long' ? large : small;
}

/** A directory of this test alone, removed when it ends. */
export function makeScratch(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'virt-privileges-test-'));
  context.after(() => removeScratch(path));
  return path;
}

// What a test has mounted in it goes first, the newest first: also when what a failed test started still uses it, or
// the hooks that end it would never be called.
function removeScratch(path: string): void {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${path}/`));
  // Lazily where a process of the test still holds it: what ends that comes after this.
  for (const place of mounted.reverse()) {
    if (spawnSync('umount', ['--quiet', place], { stdio: 'ignore' }).status !== 0)
      execFileSync('umount', ['--lazy', place]);
  }
  rmSync(path, { recursive: true, force: true });
}
