import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AccessIdentity } from '../../src/runtime/access.ts';
import { compile } from './program.ts';
import { makeScratch, projectRoot } from './scratch.ts';
import { runTool } from './tool.ts';

/** One use of a path; the letters are those of access-probe.c. */
export type Use = 'r' | 'w' | 'b' | 'x' | 'c' | 'u';

/** Asks the kernel: a process of this identity, without capabilities, tries each use. */
export type AskKernel = (
  identity: AccessIdentity,
  questions: readonly (readonly [Use, string])[],
) => boolean[];

export function buildProbe(context: TestContext): AskKernel {
  const source = readFileSync(join(projectRoot, 'test/support/access-probe.c'), 'utf8');
  const program = compile(`${makeScratch(context)}/access-probe`, source);
  return ({ uid, gid, groups }, questions) => {
    const input = questions.map(([use, path]) => `${use} ${path}\n`).join('');
    const result = runTool(program, [uid, gid, ...groups].map(String), { input });
    assert.equal(result.stdout.length, questions.length, `${result.status} ${result.stderr}`);
    return [...result.stdout].map((letter) => letter === 'y');
  };
}
