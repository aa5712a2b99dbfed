import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError } from '../errors.ts';
import type { ClaimRecord } from '../formats/claim-record.ts';
import { replaceBelow, withDescriptor } from './files.ts';
import type { Native } from './native.ts';
import { openOwnDirectory } from './own-directory.ts';
import { recordDocument } from './record-text.ts';

/**
 * Refuses a report that could not or must not be written, before anything is
 * claimed: root would replace whatever stands there, a device node too.
 */
export function requireReport(native: Native, path: string): void {
  withReportDirectory(native, path, (base) => {
    const facts = lstatSync(`${base}/${basename(path)}`, { throwIfNoEntry: false });
    if (facts === undefined || facts.isFile()) return;
    throw unwritable(path, 'something stands there that is no regular file');
  });
}

/** Writes the verified state as JSON in place of the report's older self. */
export function writeReport(native: Native, path: string, record: ClaimRecord): void {
  const text = `${JSON.stringify(recordDocument({ record, stands: true }), null, 2)}\n`;
  requireReport(native, path);
  withReportDirectory(native, path, (base) => {
    replaceBelow(base, basename(path), text, { mode: 0o644, durable: false });
  });
}

function withReportDirectory(native: Native, path: string, use: (base: string) => void): void {
  try {
    const directory = openOwnDirectory(native, dirname(path));
    if (directory === null) throw unwritable(path, 'its directory does not exist');
    withDescriptor(directory, () => use(`/proc/self/fd/${directory}`));
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'VP_FILE_WRITE') throw cause;
    throw unwritable(path, (cause as Error).message, cause);
  }
}

function unwritable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('VP_FILE_WRITE', `cannot write the report ${path}: ${why}`, {
    cause,
    path,
    hint: 'name a file in a directory that only you can write',
  });
}
