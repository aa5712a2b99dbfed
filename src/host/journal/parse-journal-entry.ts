import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { GUEST_DROP_IN } from '../guest-unit.ts';
import type { Attributes, FileImage } from './file-image.ts';
import {
  JOURNAL_VERSION,
  type JournalEntry,
  type RecordedChange,
  type RecordedDevice,
  type RecordedFile,
} from './journal-entry.ts';

/** Reads what `printEntry` wrote, whoever may have changed it since; throws VP_LEDGER_DAMAGED. */
export function parseEntry(text: string, file: string): JournalEntry {
  try {
    return readEntry(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('VP_LEDGER_DAMAGED', `cannot use the record ${file}: ${reason}`, {
      cause,
      path: file,
      hint: 'it is kept as it is; a newer version of this program may have written it',
    });
  }
}

function readEntry(value: unknown): JournalEntry {
  const entry = record(value);
  if (entry['version'] !== JOURNAL_VERSION)
    throw new Error(`its version is ${JSON.stringify(entry['version'])}`);
  return {
    id: count(entry, 'id'),
    time: text(entry, 'time'),
    program: text(entry, 'program'),
    isComplete: flag(entry, 'isComplete'),
    temporaries: list(entry, 'temporaries').map(readTemporary),
    changes: list(entry, 'changes').map((change) => readChange(record(change))),
  };
}

function readTemporary(value: unknown): string {
  const path = place(value);
  if (/^\/etc\/\.g?(?:passwd|group|shadow)\.[0-9a-f]{12}\.tmp$/.test(path)) return path;
  throw wrong('temporaries');
}

type Fields = Readonly<Record<string, unknown>>;

function readChange(change: Fields): RecordedChange {
  const kind = change['kind'];
  if (kind === 'file') return readFile(change);
  if (kind === 'device') return readDevice(change);
  if (kind === 'membership') {
    return { kind, user: text(change, 'user'), group: text(change, 'group') };
  }
  if (kind !== 'group' && kind !== 'user') throw wrong('kind');
  return { kind, name: text(change, 'name'), id: orNull(change, 'id', count) };
}

// What a plan can write; a record that names anything else was not made by one.
const recordable =
  /^\/etc\/((sysusers|tmpfiles)\.d|udev\/rules\.d)\/[^/]+$|^\/etc\/libvirt\/qemu\.conf$/;

function readFile(change: Fields): RecordedFile {
  const path = place(change['path']);
  if (!recordable.test(path) && path !== GUEST_DROP_IN) throw wrong('path');
  const temporary = text(change, 'temporary');
  const isOwn =
    temporary.startsWith(`.${posix.basename(path)}.`) && /\.[0-9a-f]{12}\.tmp$/.test(temporary);
  if (!isOwn || temporary.includes('/')) throw wrong('temporary');
  const directories = list(change, 'directories').map(place);
  if (!directories.every((directory) => path.startsWith(`${directory}/`)))
    throw wrong('directories');
  const before = orNull(change, 'before', readImageField);
  return {
    kind: 'file',
    path,
    temporary,
    directories,
    before,
    after: orNull(change, 'after', readImageField),
  };
}

function readImageField(change: Fields, key: string): FileImage {
  const image = record(change[key]);
  return {
    content: bytes(image, 'content'),
    ...readOwner(image),
    attributes: orNull(image, 'attributes', readAttributesField),
  };
}

function readDevice(change: Fields): RecordedDevice {
  const [before, after] = [record(change['before']), record(change['after'])];
  if (change['path'] !== '/dev/kvm') throw wrong('path');
  return {
    kind: 'device',
    path: '/dev/kvm',
    before: { ...readOwner(before), attributes: readAttributesField(before, 'attributes') },
    after: { uid: count(after, 'uid'), group: text(after, 'group'), mode: count(after, 'mode') },
  };
}

function readOwner(fields: Fields) {
  return { uid: count(fields, 'uid'), gid: count(fields, 'gid'), mode: count(fields, 'mode') };
}

function readAttributesField(fields: Fields, key: string): Attributes {
  const attributes = record(fields[key]);
  const names = Object.keys(attributes);
  if (names.some((name) => ofContent.test(name))) throw wrong(key);
  const pairs = names.map((name) => [name, bytes(attributes, name)] as const);
  return Object.fromEntries(pairs);
}

// What belongs to other content, such as a program's capabilities, is never given back.
const ofContent = /^security\.(ima|evm|capability)$/;

function orNull<T>(
  fields: Fields,
  key: string,
  read: (fields: Fields, key: string) => T,
): T | null {
  return fields[key] === null ? null : read(fields, key);
}

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('an object is missing');
  return value as Fields;
}

function list(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (!Array.isArray(value)) throw wrong(key);
  return value;
}

function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string' || value === '' || value.includes('\0')) throw wrong(key);
  return value;
}

function bytes(fields: Fields, key: string): Buffer {
  const value = fields[key];
  const decoded = typeof value === 'string' ? Buffer.from(value, 'base64') : null;
  if (decoded === null || decoded.toString('base64') !== value) throw wrong(key);
  return decoded;
}

function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') throw wrong(key);
  return value;
}

function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong(key);
  return value;
}

// A path that says the same in fewer words would not be found among the others.
function place(value: unknown): string {
  const isPlain =
    typeof value === 'string' && /^\/[^\0]*[^/\0]$/.test(value) && posix.normalize(value) === value;
  if (!isPlain) throw wrong('path');
  return value;
}

function wrong(key: string): Error {
  return new Error(`'${key}' is missing or wrong`);
}
