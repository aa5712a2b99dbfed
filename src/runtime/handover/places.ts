import {
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Made } from '../../formats/claim-record.ts';
import { withDescriptor } from '../files.ts';
import type { Identity } from '../identity.ts';
import type { Native } from '../native.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Makes a directory of QEMU's own (0700) in one of root's. An empty one of that name that a crash has left gives way. */
export function makePlace(native: Native, path: string, { uid, gid }: Identity): Made {
  try {
    return withDescriptor(native.openPlace(dirname(path), uid), (place) => {
      const own = `/proc/self/fd/${place}/${basename(path)}`;
      if (lstatSync(own, { throwIfNoEntry: false })?.isDirectory() === true) rmdirSync(own);
      mkdirSync(own, { mode: 0o700 });
      return withDescriptor(openSync(own, flags), (made) => {
        fchmodSync(made, 0o700);
        fchownSync(made, uid, gid);
        const { dev, ino } = fstatSync(made, { bigint: true });
        return { kind: 'directory', path, device: String(dev), inode: String(ino) };
      });
    });
  } catch (cause) {
    throw new AppError('VP_PATH_ACCESS', `cannot make ${path}: ${(cause as Error).message}`, {
      cause,
      path,
      hint: 'it is for this VM alone: remove what stands there',
    });
  }
}

/** Removes such a directory with the files in it: of QEMU's memory none is of use to anybody. */
export function removePlace(path: string): void {
  withDescriptor(openSync(path, flags), (made) => {
    const base = `/proc/self/fd/${made}`;
    for (const name of readdirSync(base)) unlinkSync(`${base}/${name}`);
  });
  rmdirSync(path);
}
