import type { Payload } from '../../generate/payload.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Target } from '../../targets/target.ts';
import type { Part } from './change.ts';

/** What a host must be like, and which parts of that are asked for. */
export interface Intent {
  readonly policy: Policy;
  readonly target: Target;
  readonly payload: Payload;
  readonly parts: readonly Part[];
  readonly consent: Consent;
}

/** What is only done when somebody says so. */
export interface Consent {
  /** An id that somebody else holds: the account gets whichever is free. */
  readonly acceptIds: boolean;
  /** The node of a container, which is the host's. */
  readonly forceDevice: boolean;
  /** libvirt is started again when it must read its configuration again. */
  readonly restart: boolean;
}

export const noConsent: Consent = { acceptIds: false, forceDevice: false, restart: false };
