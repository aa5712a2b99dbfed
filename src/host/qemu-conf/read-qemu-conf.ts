import { isAbsolute, resolve } from 'node:path';
import { AppError } from '../../errors.ts';
import { QEMU_CONF } from '../facts/facts.ts';
import { describeObstacle } from '../plan/plan-files.ts';
import { requireApplicable } from '../plan/prepared-plan.ts';
import { openRoot, pathInRoot, type Root } from '../root.ts';
import { type FileContent, type FileState, readFileState } from '../root-files.ts';

/** The file that a command is about: an absolute path of the root. */
export interface ConfPlace {
  readonly root: Root;
  readonly path: string;
  /** As people see it from outside. */
  readonly shown: string;
  /** What is there: a file, or nothing. */
  readonly state: Exclude<FileState, { readonly kind: 'obstacle' }>;
}

/**
 * Finds and reads a qemu.conf of the root; null is libvirt's own. A relative path counts from the current
 * directory. Throws VP_USAGE, VP_PATH_KIND for a link or another thing in its place, VP_FILE_READ.
 */
export function readConfPlace(
  rootPath: string,
  file: string | null,
  addonFile: string,
  verb: 'read' | 'write through',
): ConfPlace {
  const root = openRoot(rootPath, addonFile);
  const path = absolutePath(root, file ?? QEMU_CONF);
  const shown = pathInRoot(root, path);
  const state = readFileState(root, path);
  if (state.kind !== 'obstacle') return { root, path, shown, state };
  requireApplicable({ changes: [], findings: describeObstacle({ root: root.path }, state, verb) });
  throw new AppError('VP_INTERNAL', `an obstacle at ${shown} was not refused`);
}

/** What the file says; throws VP_FILE_READ when there is none. */
export function requireConf({ state, shown }: ConfPlace): FileContent {
  if (state.kind === 'file') return state;
  const hint = "libvirt's package brings it; without it libvirt takes its defaults";
  const message = `cannot read ${shown}: no such file or directory`;
  throw new AppError('VP_FILE_READ', message, { path: shown, hint });
}

// Inside an image the current directory of this process means nothing.
function absolutePath(root: Root, file: string): string {
  if (isAbsolute(file) || root.path === '/') return resolve(file);
  const hint = 'give the path as the root itself sees it';
  throw new AppError('VP_USAGE', `'${file}' is relative, and --root is ${root.path}`, { hint });
}
