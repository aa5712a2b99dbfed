import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import { AppError } from '../errors.ts';
import { setQemuConf } from '../formats/qemu-conf-edit.ts';
import { type FileAttributes, replaceFile } from './atomic-write.ts';
import type { Change } from './change.ts';
import { pathInRoot, type Root } from './root.ts';
import { type FileContent, type FileState, openDirectory, readFileState } from './root-files.ts';
import { fileError } from './system-error.ts';

type FileChange = Extract<Change, { kind: 'file' }>;
type ConfChange = Extract<Change, { kind: 'conf' }>;

/** Puts a whole file in its place; throws VP_FILE_WRITE. */
export function applyFile(root: Root, { id, after }: FileChange): void {
  const { uid, gid } = after;
  writeFile(root, id, Buffer.from(after.text), { uid, gid, mode: Number.parseInt(after.mode, 8) });
}

/** Edits a configuration file in place of its settings, or makes it readable by root alone. */
export function applyConf(root: Root, change: ConfChange): void {
  const state = readFileState(root, change.id);
  if (state.kind === 'file') editConf(root, change, state);
  else makeConf(root, change, state);
}

function editConf(root: Root, { id, after }: ConfChange, state: FileContent): void {
  const text = Object.entries(after.settings).reduce(setOne, state.text);
  writeFile(root, id, Buffer.from(text, state.encoding), state);
}

// Passwords may be added later: the file is made as libvirt's own package makes it.
function makeConf(root: Root, { id, after }: ConfChange, state: FileState): void {
  if (state.kind !== 'absent' || after.text === undefined) throw movedError(root, id);
  writeFile(root, id, Buffer.from(after.text), { uid: 0, gid: 0, mode: 0o600 });
}

function setOne(
  text: string,
  [key, value]: [string, ConfChange['after']['settings'][string]],
): string {
  return value === null ? text : setQemuConf(text, key, value);
}

function writeFile(root: Root, path: string, content: Buffer, attributes: FileAttributes): void {
  try {
    const directory = openDirectory(root, posix.dirname(path));
    try {
      replaceFile(directory, posix.basename(path), content, attributes);
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
}

function movedError(root: Root, path: string): AppError {
  const shown = pathInRoot(root, path);
  const message = `cannot write ${shown}: it was replaced while this program ran`;
  return new AppError('VP_FILE_WRITE', message, { path: shown });
}
