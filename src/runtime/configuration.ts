import { constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { AppError } from '../errors.ts';
import type { QemuConf } from '../formats/qemu-conf.ts';
import { parseQemuConf } from '../formats/qemu-conf.ts';
import { withDescriptor } from './files.ts';

export const defaultConfPath = '/etc/libvirt/qemu.conf';

const maximumBytes = 10 * 1024 * 1024;

/**
 * qemu.conf as a value. The default file may be absent, and for who is not
 * root also unreadable; one that was asked for must be there. As root, a file
 * that others can write is refused: it says who QEMU runs as.
 */
export function readConfiguration(path: string | null, mode: 'system' | 'session'): QemuConf {
  const file = path ?? defaultConfPath;
  try {
    if (path === null && isAbsent(file)) return parseQemuConf('', file);
    return parseQemuConf(readTrusted(file, mode), file);
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

function readTrusted(file: string, mode: 'system' | 'session'): string {
  // A pipe would block for ever before it could be refused.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  return withDescriptor(descriptor, () => {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw unreadable(file, 'it is no regular file');
    if (facts.size > maximumBytes) throw unreadable(file, 'it is larger than 10 MiB');
    if (mode === 'system' && isWritableByOthers(facts)) throw untrusted(file);
    return readFileSync(descriptor, 'utf8');
  });
}

function isWritableByOthers(facts: { uid: number; gid: number; mode: number }): boolean {
  const others = facts.gid === 0 ? 0o002 : 0o022;
  return facts.uid !== 0 || (facts.mode & others) !== 0;
}

function untrusted(file: string): AppError {
  return new AppError('VP_FILE_READ', `${file} can be written by others than root`, {
    path: file,
    hint: `it decides who QEMU runs as: chown root and chmod go-w ${file}`,
  });
}

function unreadable(file: string, why: string, cause?: unknown): AppError {
  return new AppError('VP_FILE_READ', `cannot read ${file}: ${why}`, {
    cause,
    path: file,
    hint: 'name another file with --conf, or put this one right',
  });
}
