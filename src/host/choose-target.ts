import { AppError } from '../errors.ts';
import { type ResolvedTarget, resolveTarget } from '../targets/resolve-target.ts';
import type { Target } from '../targets/target.ts';
import { readReleaseId } from './lint/lint-merged.ts';
import { pathInRoot, type Root } from './root.ts';

/**
 * The target that is asked for by id, else the release that stands in the root; a release that is not
 * in the table comes with a warning. Throws VP_TARGET_UNKNOWN.
 */
export function chooseTarget(
  targets: readonly Target[],
  id: string | null,
  root: Root,
): ResolvedTarget {
  return resolveTarget(targets, id ?? readTargetId(root));
}

function readTargetId(root: Root): string {
  const id = readReleaseId(root);
  if (id !== null) return id;
  const path = pathInRoot(root, '/etc/os-release');
  throw new AppError('VP_TARGET_UNKNOWN', `${path} names no distribution`, {
    path,
    hint: 'say which one it is: --target ID; `provision targets` lists them',
  });
}
