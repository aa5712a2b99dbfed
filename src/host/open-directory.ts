import { closeSync, constants, fchmodSync, fsyncSync, lstatSync, openSync } from 'node:fs';

/** An open directory; `path` leads into it whatever becomes of its name. */
export interface OpenDirectory {
  readonly descriptor: number;
  readonly path: string;
}

/** Has `work` use the directory at `path`, which is no link, and closes it. */
export function withDirectory<Result>(
  path: string,
  work: (directory: OpenDirectory) => Result,
): Result {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    return work({ descriptor, path: `/proc/self/fd/${descriptor}` });
  } finally {
    closeSync(descriptor);
  }
}

/** Has the directory's entries, and its mode where one is given, on disk. */
export function syncDirectory(path: string, mode?: number): void {
  withDirectory(path, ({ descriptor }) => {
    if (mode !== undefined) fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  });
}

/** Something has this name, be it a link to nothing. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
