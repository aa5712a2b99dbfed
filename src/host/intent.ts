import type { Payload } from '../generate/payload.ts';
import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import type { Part } from './change.ts';

/** What a host must be like, and which parts of that are asked for. */
export interface Intent {
  readonly policy: Policy;
  readonly target: Target;
  readonly payload: Payload;
  readonly parts: readonly Part[];
}
