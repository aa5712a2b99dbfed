import type { Finding } from '../../errors.ts';
import type { HostFacts } from '../facts/facts.ts';
import { type HostPlan, isPending, type Part } from './change.ts';
import type { Intent } from './intent.ts';
import { planAccounts } from './plan-accounts.ts';
import { planDevice } from './plan-device.ts';
import { installedFiles, planFiles } from './plan-files.ts';
import { planGuestUnit } from './plan-guest-unit.ts';
import { planOldFiles } from './plan-old-files.ts';
import { planQemuConf } from './plan-qemu-conf.ts';
import { planService } from './plan-service.ts';

/**
 * Compares a host with what it should be: every wanted thing as a Change, in the order of work, and
 * what stands in the way as findings of severity `error`. Pure; a converged host gives only `none`.
 * Throws VP_QEMU_CONF_SYNTAX when the host's qemu.conf cannot be read.
 */
export function planChanges(intent: Intent, facts: HostFacts): HostPlan {
  const has = (part: Part) => intent.parts.includes(part);
  const conf = has('qemu-conf') ? [planQemuConf(intent, facts)] : [];
  const isConfPending = conf.some(({ changes }) => changes.some(isPending));
  const plans = [
    { changes: [], findings: describePayload(intent) },
    ...(has('accounts') ? [planAccounts(intent, facts)] : []),
    planFiles(intent, facts),
    planOldFiles(intent, facts),
    ...conf,
    ...(has('service') ? [planGuestUnit(intent, facts)] : []),
    ...(has('device') ? [planDevice(intent, facts)] : []),
    ...(has('service') || has('qemu-conf') ? [planService(intent, facts, isConfPending)] : []),
  ];
  return {
    changes: plans.flatMap(({ changes }) => changes),
    findings: plans.flatMap(({ findings }) => findings),
  };
}

// What the generator's gate said of the files that come here; what it said for rpm concerns no host.
function describePayload(intent: Intent): readonly Finding[] {
  const names = installedFiles(intent).map(({ name }) => name);
  return intent.payload.findings.filter(({ code, path }) => {
    return code !== 'VP_LINT_RPM' && path !== undefined && names.includes(path);
  });
}
