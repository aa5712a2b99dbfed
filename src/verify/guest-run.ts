import { lstatSync } from 'node:fs';
import type { Finding } from '../errors.ts';
import { failed, type Outcome, passed, warned } from './check.ts';
import { seeOwnProgram } from './emulator-file.ts';
import { judgeProcess } from './judge.ts';
import { describeGroup, describeUser } from './judge-identity.ts';
import type { AccountNames, Judgement } from './judgement.ts';
import { readSurvey } from './survey.ts';

/** Whose a disk is, and for whom. */
export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** What was seen of a guest that was started to be looked at. */
export interface GuestRun {
  /** Null: no QEMU process was there. */
  readonly process: Judgement | null;
  readonly before: Ownership;
  readonly during: Ownership;
  readonly after: Ownership;
}

export function ownershipOf(path: string): Ownership {
  const { uid, gid, mode } = lstatSync(path);
  return { uid, gid, mode: mode & 0o7777 };
}

/** One process, judged as the audit judges all; null when it is no QEMU, or gone. */
export function judgePid(
  pid: number,
  stateDirectory: string,
  names: AccountNames,
): Judgement | null {
  const { processes } = readSurvey({ root: '', stateDirectory }, seeOwnProgram());
  const facts = processes.find((each) => each.pid === pid);
  return facts === undefined ? null : judgeProcess(facts, names);
}

/** Whom the guest must run as. */
export interface Expected {
  readonly uid: number;
  readonly gid: number;
}

export interface Remarks {
  /** Further evidence. */
  readonly more?: readonly string[];
  /** Warnings that nobody can do anything about: evidence only. */
  readonly known?: readonly Finding['code'][];
}

/** The guest against what is expected: first who runs it and with which rights, then whose the disk was. */
export function judgeGuest(
  run: GuestRun,
  expected: Expected,
  names: AccountNames,
  { more = [], known = [] }: Remarks = {},
): Outcome {
  const evidence = [...describeGuest(run, names), ...more];
  const problem = findProblem(run, expected, names);
  if (problem !== null) return failed(problem.reason, problem.hint, evidence);
  const warning = run.process?.findings.find(({ code }) => !known.includes(code));
  if (warning !== undefined) return warned(warning.message, warning.hint, evidence);
  const user = describeUser(expected.uid, names);
  return passed(
    `a guest ran as ${user} without capabilities; its disk was given and given back`,
    evidence,
  );
}

interface Problem {
  readonly reason: string;
  readonly hint: string;
}

function findProblem(
  { process, before, during, after }: GuestRun,
  expected: Expected,
  names: AccountNames,
): Problem | null {
  if (process === null)
    return { reason: 'the guest ended before it could be looked at', hint: 'see its log' };
  const error = process.findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) return { reason: error.message, hint: error.hint };
  const { uid, gid } = process.facts.status;
  if (uid[1] !== expected.uid || gid[1] !== expected.gid)
    return {
      reason: `it ran as ${describeIds(uid[1], gid[1], names)}, not as ${describeIds(expected.uid, expected.gid, names)}`,
      hint: 'provision apply --restart',
    };
  if (during.uid !== expected.uid)
    return {
      reason: `its disk was not given to it: it belonged to ${describeUser(during.uid, names)}`,
      hint: 'dynamic_ownership = 1 in qemu.conf',
    };
  if (describe(after, names) !== describe(before, names))
    return {
      reason: `its disk was not given back: it is ${describe(after, names)} now`,
      hint: 'remember_owner = 1 in qemu.conf, and a file system with extended attributes below /run',
    };
  return null;
}

function describeGuest(
  { process, before, during, after }: GuestRun,
  names: AccountNames,
): readonly string[] {
  const owners = [before, during, after].map((each) => describe(each, names));
  const disk = `its disk, before, meanwhile and afterwards: ${owners.join(', ')}`;
  if (process === null) return [disk];
  const { facts, properties } = process;
  const ids = describeIds(facts.status.uid[1], facts.status.gid[1], names);
  const shown = ['groups', 'effective', 'permitted', 'bounding', 'no-new-privs', 'seccomp'];
  const rights = properties
    .filter(({ id }) => shown.includes(id))
    .map(({ title, value }) => `${title.toLowerCase()} ${value}`);
  return [`process ${facts.pid} ran as ${ids}; ${rights.join(', ')}`, disk];
}

function describe({ uid, gid, mode }: Ownership, names: AccountNames): string {
  return `${mode.toString(8).padStart(4, '0')} ${names.user(uid) ?? uid}:${names.group(gid) ?? gid}`;
}

function describeIds(uid: number, gid: number, names: AccountNames): string {
  return `${describeUser(uid, names)}, group ${describeGroup(gid, names)}`;
}
