import type { Native, UserEntry } from '../runtime/native.ts';

/** Whom a check becomes. */
export interface Person extends UserEntry {
  /** All groups that count for it. */
  readonly groups: readonly number[];
}

/** The user as the name service knows it; null when it does not. */
export function findPerson(native: Native, name: string): Person | null {
  const user = native.userByName(name);
  return user === null ? null : { ...user, groups: native.groupList(user.name, user.gid) };
}

/** Whether this process can become that user: root can, and everybody already is himself. */
export function canBecome({ uid }: Person): boolean {
  return [0, uid].includes(process.geteuid?.() ?? -1);
}

/** The words that run a program with all the rights of this process, until this process ends. */
export function wordsUntilEnd(verifyExec: string, ...words: readonly string[]): string[] {
  return [verifyExec, String(process.pid), 'keep', 'run', ...words];
}

/** The words that run something as that user, with no capability left, until this process ends. */
export function wordsAs(verifyExec: string, person: Person, ...words: readonly string[]): string[] {
  const { uid, gid, groups } = person;
  const isSelf = uid !== 0 && process.geteuid?.() === uid;
  const identity = isSelf ? 'self' : `${uid}:${gid}:${groups.join()}`;
  return [verifyExec, String(process.pid), identity, ...words];
}
