import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeOldRoot } from './applied-root.ts';
import { type Run, runProvision } from './run-provision.ts';

/** Runs `provision` on a root. */
export function provision(root: string, ...words: readonly string[]): Run {
  return runProvision(...words, '--root', root);
}

/** An old root that was applied to, with these words. */
export function applied(context: TestContext, ...words: readonly string[]): string {
  const root = makeOldRoot(context);
  succeed(provision(root, 'apply', ...words));
  return root;
}

/** The run, which must have succeeded. */
export function succeed(result: Run): Run {
  assert.equal(result.exitCode, 0, result.stderr);
  return result;
}

/** The journal's files, one for each apply. */
export function recordsOf(root: string): readonly string[] {
  return readdirSync(join(root, 'var/lib/virt-privileges/applies'));
}

/** The file that apply edits. */
export const conf = 'etc/libvirt/qemu.conf';
