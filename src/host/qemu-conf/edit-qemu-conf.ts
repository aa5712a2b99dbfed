import { fstatSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import { type ConfSetting, setQemuConf, unsetQemuConf } from '../../formats/qemu-conf-edit.ts';
import { pathInRoot, type Root, withPath } from '../root.ts';
import type { FileContent } from '../root-files.ts';
import { writeFile } from '../write-file.ts';

/** The text with one setting changed; null comments it out. Throws VP_QEMU_CONF_SYNTAX, VP_QEMU_CONF_VALUE. */
export function editConf(
  state: Pick<FileContent, 'encoding'>,
  text: string,
  key: string,
  value: ConfSetting | null,
): string {
  if (value === null) return unsetQemuConf(text, key);
  requireEncodable(state, key, value);
  return setQemuConf(text, key, value);
}

/** Throws VP_QEMU_CONF_VALUE for a value whose bytes would not be those that are meant. */
export function requireEncodable(
  { encoding }: Pick<FileContent, 'encoding'>,
  key: string,
  value: ConfSetting,
): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  if (encoding === 'utf8' || /^[\u0000-\u007f]*$/.test(String(value))) return;
  const message = `cannot set '${key}': the value is not ASCII, and the file is not UTF-8`;
  const hint = 'convert the file to UTF-8 first: libvirt compares bytes';
  throw new AppError('VP_QEMU_CONF_VALUE', message, { hint });
}

/** Replaces the file by itself with another text: owner, mode, access list and label stay. Throws VP_FILE_WRITE. */
export function rewriteConf(root: Root, path: string, state: FileContent, text: string): void {
  writeFile(root, path, Buffer.from(text, state.encoding), state, root.native);
}

/** Makes the file. Passwords may be added later: it is for its owner alone, as libvirt's package makes it. */
export function makeConf(root: Root, path: string, text: string): void {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  writeFile(root, path, Buffer.from(text), { uid, gid, mode: 0o600 });
}

/**
 * Throws VP_FILE_WRITE unless the file's directory is there, and only root and the caller can write in it
 * and in those above it: who can, could put another file in its place between reading and writing.
 */
export function requireDirectory(root: Root, path: string): void {
  for (const directory of directoriesOf(path)) {
    withPath(root, directory, 0, (place) => {
      if (place === null) throw directoryError(root, path, 'its directory does not exist');
      if (isOpen(fstatSync(place)))
        throw directoryError(root, path, `others can write in ${pathInRoot(root, directory)}`);
    });
  }
}

// The nearest first.
function directoriesOf(path: string): readonly string[] {
  const directory = posix.dirname(path);
  return directory === '/' ? ['/'] : [directory, ...directoriesOf(directory)];
}

function isOpen({ uid, mode }: Stats): boolean {
  const user = process.geteuid?.() ?? 0;
  // A plain user's own group is often theirs alone; in a sticky directory nobody takes away another's file.
  const others = user === 0 ? 0o022 : 0o002;
  return (uid !== 0 && uid !== user) || ((mode & others) !== 0 && (mode & 0o1000) === 0);
}

function directoryError(root: Root, path: string, reason: string): AppError {
  const shown = pathInRoot(root, path);
  return new AppError('VP_FILE_WRITE', `cannot write ${shown}: ${reason}`, {
    path: shown,
    hint: 'the directory must be there and be nobody else’s: libvirt’s package brings its own; or give --file',
  });
}
