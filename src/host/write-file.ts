import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import {
  type AttributeGiver,
  type AttributeKeeper,
  type FileAttributes,
  replaceFile,
} from './atomic-write.ts';
import { pathInRoot, type Root } from './root.ts';
import { openDirectory } from './root-files.ts';
import { fileError } from './system-error.ts';

/** Puts a whole file into the root, making the directories it needs; throws VP_FILE_WRITE. */
export function writeFile(
  root: Root,
  path: string,
  content: Buffer,
  attributes: FileAttributes,
  keeper: AttributeKeeper | AttributeGiver | null = null,
  temporaryName?: string,
): void {
  try {
    const directory = openDirectory(root, posix.dirname(path));
    try {
      replaceFile(directory, posix.basename(path), content, attributes, keeper, temporaryName);
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, path), cause);
  }
}
