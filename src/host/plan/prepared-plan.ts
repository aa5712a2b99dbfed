import { AppError, type ErrorCode, exitCodes } from '../../errors.ts';
import { type HostFacts, readFacts } from '../facts/facts.ts';
import { GUEST_DROP_IN } from '../guest-unit.ts';
import type { Root } from '../root.ts';
import { type HostPlan, parts } from './change.ts';
import type { Intent } from './intent.ts';
import { planChanges } from './plan.ts';
import { installedFiles } from './plan-files.ts';

/** A plan together with what it was made from. */
export interface PreparedPlan extends HostPlan {
  readonly root: Root;
  readonly intent: Intent;
  readonly facts: HostFacts;
}

/** Reads the root and plans; changes nothing. */
export async function preparePlan(root: Root, intent: Intent): Promise<PreparedPlan> {
  const pathsOf = (wanted: Intent) => installedFiles(wanted).map(({ destination }) => destination);
  const allPaths = pathsOf({ ...intent, parts });
  const needsConf = intent.parts.includes('qemu-conf');
  const dropIns = intent.parts.includes('service') ? [GUEST_DROP_IN] : [];
  const paths = [...pathsOf(intent), ...dropIns];
  const query = { policy: intent.policy, paths, allPaths, needsConf };
  const facts = await readFacts(root, query);
  return { root, intent, facts, ...planChanges(intent, facts) };
}

/** Throws the first finding that stands in the way; the others become hints. */
export function requireApplicable({ findings }: HostPlan): void {
  const [first, ...others] = findings.filter(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const hint = [first.hint, ...others.map(({ message }) => `also: ${message}`)].join('\n');
  const place = first.path === undefined ? {} : { path: first.path };
  const code = isErrorCode(first.code) ? first.code : 'VP_INTERNAL';
  throw new AppError(code, first.message, { hint, ...place });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(exitCodes, code);
}
