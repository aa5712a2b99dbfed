import { statSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { QemuConf } from '../../formats/qemu-conf.ts';
import { parseQemuConf } from '../../formats/qemu-conf.ts';
import type { Native } from '../native.ts';
import { readTrusted, unreadable } from '../trusted-file.ts';

export const defaultConfPath = '/etc/libvirt/qemu.conf';

const hint = 'name another file with --conf, or put this one right: it decides who QEMU runs as';

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
    return parseQemuConf(readTrusted(native, file, { mode, hint }), file);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (path === null && mode === 'session' && code === 'EACCES') return parseQemuConf('', file);
    throw unreadable(file, (cause as Error).message, hint, cause);
  }
}

// Asked first: an exception for what is usual costs a tenth of a millisecond.
function isAbsent(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) === undefined;
}
