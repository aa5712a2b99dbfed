import type { FoundFile } from '../files.ts';
import { fileRights } from './landlock-rights.ts';

/** One file or directory as qemu-exec opens it, and what QEMU may do with it (native/plan.h). */
export interface FileRule {
  /**
   * `path`: it is there; `optional`: if it is; `file`, `directory`: qemu-exec makes it;
   * `name`: QEMU makes it, and rights and inode are its directory's.
   */
  readonly how: 'path' | 'optional' | 'file' | 'directory' | 'name';
  /** Landlock's bits. */
  readonly rights: number;
  readonly path: string;
  /** It must be this very inode; null: whatever stands there, where nobody but root decides that. */
  readonly found: FoundFile | null;
}

/** A file that was looked at, with those of the rights that its type can have. */
export function ruleOf(path: string, found: FoundFile, rights: number): FileRule {
  const possible = found.type === 'directory' ? rights : rights & fileRights;
  return { how: 'path', rights: possible, path, found };
}

/** Files of the system that may be missing. */
export function optionalRules(paths: readonly string[], rights: number): readonly FileRule[] {
  return paths.map((path) => ({ how: 'optional', rights, path, found: null }));
}
