import type { ClaimRecord } from '../../formats/claim-record.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Bearer } from './bearer.ts';

/** What will stand on record of a plan, without its claims. */
export function draftRecord(plan: LaunchPlan, bootId: string, bearer: Bearer): ClaimRecord {
  return {
    version: 1,
    name: plan.name,
    bootId,
    ...bearer,
    runDirectory: plan.directories.run,
    identity: plan.identity,
    verified: false,
    status: null,
    landlock: { level: plan.confinement.landlock.level, abi: plan.confinement.landlock.abi },
    claims: [],
    timings: {},
  };
}
