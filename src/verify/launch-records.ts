import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { type ClaimRecord, parseRecord } from '../formats/claim-record.ts';
import { attempt, orNull } from './read-proc.ts';

export interface LaunchRecord extends ClaimRecord {
  /** Root started it, and so everything was dropped and locked. */
  readonly isSystem: boolean;
}

/** The launcher's records below a state directory; those that cannot be read, or that somebody else wrote, are none. */
export function readLaunchRecords(stateDirectory: string): readonly LaunchRecord[] {
  const directory = `${stateDirectory}/claims`;
  const names = orNull(attempt(() => readdirSync(directory))) ?? [];
  return names
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .flatMap((name) => readRecord(`${directory}/${name}`) ?? []);
}

// The launcher says what is damaged; here it is known by other signs who started a process.
function readRecord(path: string): LaunchRecord | null {
  try {
    const own = orNull(attempt(() => readOwn(path)));
    return own === null ? null : { ...parseRecord(own.text, path), isSystem: own.isRoots };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function readOwn(path: string) {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    const isRoots = facts.uid === 0;
    const isOwn = facts.isFile() && (isRoots || facts.uid === process.geteuid?.());
    return { isRoots, text: isOwn ? readFileSync(file, 'utf8') : '' };
  } finally {
    closeSync(file);
  }
}
