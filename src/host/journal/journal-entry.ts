import type { Attributes, FileImage } from './file-image.ts';

/** What one apply sets out to change, written before its first change. */
export interface JournalEntry {
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The version of the program. */
  readonly program: string;
  /** Nothing is under way; otherwise temporary files may have been left. */
  readonly isComplete: boolean;
  /** Paths that new account files have until they are complete, when its accounts are removed again. */
  readonly temporaries: readonly string[];
  /** In the order of work. */
  readonly changes: readonly RecordedChange[];
}

export type RecordedChange = RecordedFile | RecordedDevice | RecordedAccount;

export interface RecordedFile {
  readonly kind: 'file';
  readonly path: string;
  /** The name, in the same directory, that the new file has until it is complete. */
  readonly temporary: string;
  /** Directories on the way that were not there, the uppermost first. */
  readonly directories: readonly string[];
  readonly before: FileImage | null;
  /** Null: the file goes. */
  readonly after: FileImage | null;
}

export interface RecordedDevice {
  readonly kind: 'device';
  readonly path: string;
  readonly before: {
    readonly uid: number;
    readonly gid: number;
    readonly mode: number;
    readonly attributes: Attributes;
  };
  /** By name: the group may be made by the same apply. */
  readonly after: { readonly uid: number; readonly group: string; readonly mode: number };
}

/** An account that was not there before; a null id: the work was cut off before it was known. */
export type RecordedAccount =
  | { readonly kind: 'group'; readonly name: string; readonly id: number | null }
  | { readonly kind: 'user'; readonly name: string; readonly id: number | null }
  | { readonly kind: 'membership'; readonly user: string; readonly group: string };

export const JOURNAL_VERSION = 1;

export function isRecordedFile(change: RecordedChange): change is RecordedFile {
  return change.kind === 'file';
}

export function isRecordedAccount(change: RecordedChange): change is RecordedAccount {
  return change.kind !== 'file' && change.kind !== 'device';
}

/** JSON; bytes as base64. */
export function printEntry(entry: JournalEntry): string {
  const changes = entry.changes.map((change) => {
    if (change.kind === 'device')
      return { ...change, before: { ...change.before, ...encode(change.before.attributes) } };
    if (change.kind !== 'file') return change;
    return { ...change, before: printImage(change.before), after: printImage(change.after) };
  });
  return `${JSON.stringify({ version: JOURNAL_VERSION, ...entry, changes }, null, 2)}\n`;
}

function printImage(image: FileImage | null): object | null {
  if (image === null) return null;
  return { ...image, content: image.content.toString('base64'), ...encode(image.attributes) };
}

function encode(attributes: Attributes | null): { readonly attributes: object | null } {
  if (attributes === null) return { attributes };
  const pairs = Object.entries(attributes).map(([name, value]) => [name, value.toString('base64')]);
  return { attributes: Object.fromEntries(pairs) };
}
