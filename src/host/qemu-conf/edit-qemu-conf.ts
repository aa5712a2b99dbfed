import { fstatSync } from 'node:fs';
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

/** Throws VP_FILE_WRITE unless the file's directory is there, and only root and the caller can write in it. */
export function requireDirectory(root: Root, path: string): void {
  const directory = posix.dirname(path);
  withPath(root, directory, 0, (place) => {
    if (place === null) throw directoryError(root, path, 'its directory does not exist');
    const { uid, mode } = fstatSync(place);
    const isOwn = uid === 0 || uid === process.geteuid?.();
    if (!isOwn || (mode & 0o022) !== 0)
      throw directoryError(root, path, 'others can write in its directory');
  });
}

function directoryError(root: Root, path: string, reason: string): AppError {
  const shown = pathInRoot(root, path);
  return new AppError('VP_FILE_WRITE', `cannot make ${shown}: ${reason}`, {
    path: shown,
    hint: 'install libvirt first, which brings the directory and the file, or give --file',
  });
}
