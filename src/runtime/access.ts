import { dirname } from 'node:path';
import { AppError, type ErrorCode } from '../errors.ts';
import { type Component, type Look, lookUp, type Step, walkPath } from './access/path-walk.ts';
import { permissionProblems, searchBit } from './access/permission.ts';
import { restrictionProblems } from './access/restriction.ts';
import {
  creationProblems,
  linkProblems,
  type ReadProtection,
  readSysctl,
  replacementProblems,
} from './access/sticky.ts';
import type { Native } from './native.ts';

/** Who will use the path, by the ids that count. */
export interface AccessIdentity {
  /** For messages and commands: a name or a number. */
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Why a path cannot be used: one component that says no, or is not there. */
export interface AccessProblem {
  readonly code: ErrorCode;
  readonly component: string;
  readonly lacks: 'search' | 'follow' | 'read' | 'write' | 'execute' | 'existence';
  readonly message: string;
  /** A command: the smallest change that would allow it. */
  readonly hint: string;
}

export interface Wanted {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly execute?: boolean;
}

export interface AccessOptions {
  /** Judge the final file as if it had been given to this owner: a claim before it is made. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** It is opened with O_CREAT, although it is there. */
  readonly creates?: boolean;
}

/** Answers about many paths for one identity; each directory is looked at once. */
export interface AccessChecker {
  readonly native: Native;
  readonly identity: AccessIdentity;
  readonly look: Look;
  readonly searched: Map<string, readonly AccessProblem[]>;
  readonly readProtection: ReadProtection;
}

export function openChecker(
  native: Native,
  identity: AccessIdentity,
  readProtection: ReadProtection = readSysctl,
): AccessChecker {
  const seen = new Map<string, Component>();
  const look = (path: string) => {
    const found = seen.get(path) ?? lookUp(path);
    seen.set(path, found);
    return found;
  };
  return { native, identity, look, searched: new Map(), readProtection };
}

/**
 * What keeps the identity, without any capability, from using the absolute `path`: every component that says no,
 * from the root on. Decided as the kernel does, by ids, mode bits, access lists, flags and mounts, without changing
 * the credentials of this process. Empty when it may.
 */
export function checkAccess(
  checker: AccessChecker,
  path: string,
  wanted: Wanted,
  options: AccessOptions = {},
): readonly AccessProblem[] {
  return reach(checker, path, (end) => checkEnd(checker, end, wanted, options));
}

/** What keeps it from making a file of this name in the place of whatever bears it now, as a listening socket is made. */
export function checkReplacement(checker: AccessChecker, path: string): readonly AccessProblem[] {
  return reach(checker, dirname(path), (directory) => [
    ...checkEnd(checker, directory, { write: true, execute: true }, {}),
    ...replacementProblems(checker, directory, path),
  ]);
}

function reach(
  checker: AccessChecker,
  path: string,
  judge: (end: Component) => readonly AccessProblem[],
): readonly AccessProblem[] {
  const problems: AccessProblem[] = [];
  try {
    const steps = walkPath(path, checker.look);
    let step = steps.next();
    for (; !step.done; step = steps.next()) problems.push(...checkStep(checker, step.value));
    problems.push(...judge(step.value));
  } catch (error) {
    problems.push(...lostWay(error, path, problems.length > 0));
  }
  // `..` and links lead through one directory twice.
  return [...new Set(problems)];
}

function checkStep(checker: AccessChecker, step: Step): readonly AccessProblem[] {
  const { native, identity, searched } = checker;
  if (step.directory !== null) return linkProblems(checker, step, step.directory);
  const known = searched.get(step.path);
  if (known !== undefined) return known;
  const problems = permissionProblems(native, step, step.file, identity, searchBit);
  searched.set(step.path, problems);
  return problems;
}

function checkEnd(
  checker: AccessChecker,
  end: Component,
  wanted: Wanted,
  { owner, creates }: AccessOptions,
): readonly AccessProblem[] {
  const { native, identity, look } = checker;
  const bits = (wanted.read ? 4 : 0) | (wanted.write ? 2 : 0) | (wanted.execute ? 1 : 0);
  const permits = (all: number) =>
    permissionProblems(native, end, owner ?? end.file, identity, all);
  // A directory is of no use without what is in it; to search it is asked by itself.
  const isSearched = bits !== 0 && end.file.isDirectory();
  const isRefused = permits(bits).length > 0 || (isSearched && permits(searchBit).length > 0);
  return [
    ...(isRefused ? permits(isSearched ? bits | searchBit : bits) : []),
    ...restrictionProblems(native, end, wanted, owner !== undefined),
    ...(creates ? creationProblems(checker, end, look(dirname(end.path))) : []),
  ];
}

// Below a directory that this process may not search either there is nothing more to say.
function lostWay(error: unknown, path: string, isExplained: boolean): readonly AccessProblem[] {
  if (!(error instanceof AppError)) throw error;
  const { code, message } = error;
  if (code === 'VP_PATH_ACCESS' && isExplained) return [];
  const hint = wayOut[code] ?? 'see what the kernel says of its file system: dmesg';
  return [{ code, component: error.path ?? path, lacks: 'existence', message, hint }];
}

const wayOut: Readonly<Partial<Record<ErrorCode, string>>> = {
  VP_PATH_MISSING: 'make it first (for a disk: qemu-img create), or correct the path',
  VP_PATH_ACCESS: 'ask as root: what lies there is hidden from you',
};
