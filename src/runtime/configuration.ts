import { constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { AppError } from '../errors.ts';
import type { QemuConf } from '../formats/qemu-conf.ts';
import { parseQemuConf } from '../formats/qemu-conf.ts';
import { withDescriptor } from './files.ts';
import type { Native } from './native.ts';
import { isNativeError } from './native.ts';

export const defaultConfPath = '/etc/libvirt/qemu.conf';

const maximumBytes = 10 * 1024 * 1024;

/**
 * qemu.conf as a value. The default file may be absent, and for who is not
 * root also unreadable; one that was asked for must be there. As root, a file
 * that others can write is refused: it says who QEMU runs as.
 */
export function readConfiguration(
  native: Native,
  path: string | null,
  mode: 'system' | 'session',
): QemuConf {
  const file = path ?? defaultConfPath;
  try {
    if (path === null && isAbsent(file)) return parseQemuConf('', file);
    return parseQemuConf(readTrusted(native, file, mode), file);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (path === null && mode === 'session' && code === 'EACCES') return parseQemuConf('', file);
    throw unreadable(file, (cause as Error).message, cause);
  }
}

// Asked first: an exception for what is usual costs a tenth of a millisecond.
function isAbsent(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) === undefined;
}

function readTrusted(native: Native, file: string, mode: 'system' | 'session'): string {
  return withDescriptor(openTrusted(native, file, mode), (descriptor) => {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw unreadable(file, 'it is no regular file');
    if (facts.size > maximumBytes) throw unreadable(file, 'it is larger than 10 MiB');
    return readFileSync(`/proc/self/fd/${descriptor}`, 'utf8');
  });
}

// It decides who QEMU runs as, so for root nobody else may decide what it says or which file it is.
function openTrusted(native: Native, file: string, mode: 'system' | 'session'): number {
  // A pipe would block for ever before it could be refused.
  if (mode === 'session') return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return native.openOwn(file);
  } catch (error) {
    if (!isNativeError(error) || error.reason === undefined) throw error;
    throw unreadable(file, `${error.path} ${error.reason}`, error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): AppError {
  return new AppError('VP_FILE_READ', `cannot read ${file}: ${why}`, {
    cause,
    path: file,
    hint: 'name another file with --conf, or put this one right: it decides who QEMU runs as',
  });
}
