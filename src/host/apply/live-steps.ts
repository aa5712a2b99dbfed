import type { Finding } from '../../errors.ts';
import { GUEST_DROP_IN } from '../guest-unit.ts';
import { isPending } from '../plan/change.ts';
import type { PreparedPlan } from '../plan/prepared-plan.ts';
import type { Step } from './apply.ts';
import { applyDevice } from './apply-device.ts';
import { applyService } from './apply-service.ts';
import { reloadUnits } from './apply-units.ts';

/** What is done to a running system once its files are written; `findings` gets what there is to say of it. */
export function liveSteps(plan: PreparedPlan, findings: Finding[]): readonly Step[] {
  return [...deviceSteps(plan, findings), ...unitSteps(plan), ...serviceSteps(plan)];
}

// New rules are put to the test at once, on a node that is as wanted too.
function deviceSteps(
  { root, intent, changes }: PreparedPlan,
  findings: Finding[],
): readonly Step[] {
  const isDue = changes.filter(isPending).some(({ kind, id }) => {
    return kind === 'device' || id.startsWith('/etc/udev/rules.d/');
  });
  return changes.flatMap((change): readonly Step[] => {
    if (change.kind !== 'device' || !isDue) return [];
    const run = async () => {
      findings.push(...(await applyDevice(root, change, intent.policy.kvm)));
    };
    return [{ title: change.id, run }];
  });
}

// A drop-in counts from the next start of a guest on, when systemd has read it.
function unitSteps({ changes, facts }: PreparedPlan): readonly Step[] {
  const isDue = changes.filter(isPending).some(({ id }) => id === GUEST_DROP_IN);
  if (!isDue || facts.live?.environment.hasSystemd !== true) return [];
  return [{ title: 'systemctl daemon-reload', run: reloadUnits }];
}

function serviceSteps({ changes }: PreparedPlan): readonly Step[] {
  return changes.filter(isPending).flatMap((change): readonly Step[] => {
    if (change.kind !== 'service') return [];
    return [{ title: change.id, run: () => applyService(change) }];
  });
}
