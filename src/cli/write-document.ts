import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { replaceFile } from '../host/atomic-write.ts';
import { withDirectory } from '../host/open-directory.ts';
import { fileError } from '../host/system-error.ts';

/** Writes a file for the caller in place of its older self, no link followed; throws VP_FILE_WRITE. */
export function writeDocument(path: string, text: string, mode: number): void {
  const file = resolve(path);
  try {
    requireReplaceable(file, path);
    withDirectory(realpathSync(dirname(file)), ({ descriptor }) => {
      replaceFile(descriptor, basename(file), Buffer.from(text), { ...ownIds(), mode });
    });
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', path, cause);
  }
}

// A device or a link to one would be replaced by the file.
function requireReplaceable(file: string, path: string): void {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined || facts.isFile()) return;
  const message = `cannot write ${path}: something stands there that is no regular file`;
  throw new AppError('VP_FILE_WRITE', message, { path, hint: 'name a file, present or not' });
}

function ownIds() {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}
