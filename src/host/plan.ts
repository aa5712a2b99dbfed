import type { HostPlan, Part } from './change.ts';
import type { HostFacts } from './facts.ts';
import type { Intent } from './intent.ts';
import { planAccounts } from './plan-accounts.ts';
import { planDevice } from './plan-device.ts';
import { planFiles } from './plan-files.ts';
import { planQemuConf } from './plan-qemu-conf.ts';

/**
 * Compares a host with what it should be: every wanted thing as a Change, in the order of work, and
 * what stands in the way as findings of severity `error`. Pure; a converged host gives only `none`.
 * Throws VP_QEMU_CONF_SYNTAX when the host's qemu.conf cannot be read.
 */
export function planChanges(intent: Intent, facts: HostFacts): HostPlan {
  const has = (part: Part) => intent.parts.includes(part);
  const plans = [
    ...(has('accounts') ? [planAccounts(intent.policy, facts)] : []),
    planFiles(intent, facts),
    ...(has('qemu-conf') ? [planQemuConf(intent, facts)] : []),
    ...(has('device') ? [planDevice(intent, facts)] : []),
  ];
  return {
    changes: plans.flatMap(({ changes }) => changes),
    findings: plans.flatMap(({ findings }) => findings),
  };
}
