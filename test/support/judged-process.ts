import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { judgeProcess } from '../../src/verify/judge.ts';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { names } from './process-facts.ts';

/** A line of /proc/PID/status, read by the test itself. */
export function lineOf(pid: number, name: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(text)?.[1] ?? assert.fail(name);
}

/** What is said of a process that must be among those found. */
export function judge(facts: ProcessFacts | undefined) {
  assert.ok(facts !== undefined, 'it is among the processes');
  const { verdict, findings } = judgeProcess(facts, names);
  return { facts, verdict, codes: findings.map(({ code }) => code) };
}
