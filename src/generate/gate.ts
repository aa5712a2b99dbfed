import { AppError, type Finding } from '../errors.ts';
import type { Target } from '../targets/target.ts';
import { lintPayload } from './lint/lint-payload.ts';
import type { PayloadFile } from './payload.ts';

/**
 * What there is to say of files that were generated for a target. An error among it is this program's
 * own fault: nothing leaves the generator then, and VP_INTERNAL is thrown.
 */
export function gateFiles(files: readonly PayloadFile[], target: Target): readonly Finding[] {
  const findings = lintPayload({ files }, target);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error === undefined) return findings;
  const message = `what was generated for ${target.id} is wrong: ${error.path}: ${error.message}`;
  throw new AppError('VP_INTERNAL', message, { hint: error.hint });
}
