import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import type { Layout } from './payload.ts';

export interface GenerateOptions {
  readonly layout: Layout;
  /** How a spec takes what is generated in: lines for each of its sections, or a subpackage of its own. */
  readonly delivery: 'include' | 'specpart';
  /** The version of this program, as it stands in headers and in the example spec. */
  readonly version: string;
}

/** What one target is to have. */
export interface Choice {
  readonly target: Target;
  readonly policy: Policy;
}
