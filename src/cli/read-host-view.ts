import { lintKvm } from '../generate/lint/lint-kvm.ts';
import { type HostFacts, type LiveFacts, QEMU_CONF } from '../host/facts/facts.ts';
import { isAccountChange, isPending } from '../host/plan/change.ts';
import { describeMissingNode } from '../host/plan/describe-missing-node.ts';
import { isOlder } from '../host/plan/plan-service.ts';
import { type PreparedPlan, preparePlan } from '../host/plan/prepared-plan.ts';
import { pathInRoot } from '../host/root.ts';
import { findBan } from '../verify/doctor/find-ban.ts';
import { findRunner } from '../verify/doctor/find-runner.ts';
import type { Surroundings } from '../verify/doctor/surroundings.ts';
import type { ConfView, DeviceView, HostView, LiveView } from '../verify/host-view.ts';
import { factsDocument } from './facts-document.ts';
import { makeIntent } from './make-payload.ts';
import type { Inputs } from './read-inputs.ts';

/** The host as `verify` takes it: what `apply` reads and plans, as plain values. */
export async function readHostView(inputs: Inputs): Promise<HostView> {
  const plan = await preparePlan(inputs.root, makeIntent(inputs, ['accounts']));
  const { facts, changes, findings } = plan;
  const missing = changes.filter((change) => isAccountChange(change) && isPending(change));
  return {
    policy: inputs.effective.policy,
    users: facts.users,
    groups: facts.groups,
    accounts: { missing: missing.map(({ kind, id }) => `${kind} ${id}`), findings },
    device: describeDevice(plan),
    conf: describeConf(facts, inputs),
    live: facts.live === null ? null : describeLive(facts, facts.live),
  };
}

function describeDevice({ facts, intent }: PreparedPlan): DeviceView {
  const { rules, tmpfiles } = factsDocument({ facts, intent });
  const { users, groups, merged } = facts;
  const { target, policy } = intent;
  return {
    winners: [
      ...rules
        .filter(({ wins }) => wins)
        .map((rule) => `${rule.property} ${rule.value} by ${rule.file}:${rule.line}`),
      ...tmpfiles
        .filter(({ wins }) => wins)
        .map(({ file, line, mode, group }) => {
          return `mode ${mode ?? 'kept'} and group ${group ?? 'kept'} at boot by ${file}:${line}`;
        }),
    ],
    strays: lintKvm(merged, { target, policy, accounts: { users, groups } })
      .filter(({ severity }) => severity === 'error')
      .map((finding) => {
        const { path, line, message } = finding;
        return {
          ...finding,
          message: path === undefined ? message : `${path}:${line}: ${message}`,
        };
      }),
  };
}

function describeConf({ qemuConf, root }: HostFacts, { target }: Inputs): ConfView {
  const { kind } = qemuConf;
  return {
    path: pathInRoot({ path: root }, QEMU_CONF),
    state: kind,
    text: kind === 'file' ? qemuConf.text : '',
    defaults: { user: target.user, group: target.group, of: target.id },
  };
}

function describeLive({ qemuConfTime }: HostFacts, live: LiveFacts): LiveView {
  return {
    surroundings: describeSurroundings(live),
    node: live.device,
    module: live.kvm.module,
    daemons:
      live.libvirt?.map((daemon) => {
        return { ...daemon, isStale: isOlder(daemon, qemuConfTime) };
      }) ?? null,
  };
}

const modules = { vmx: 'kvm_intel', svm: 'kvm_amd' } as const;

function describeSurroundings({ environment, kvm }: LiveFacts): Surroundings {
  const own = kvm.cpu === null ? [] : [modules[kvm.cpu]];
  const { message, hint } = describeMissingNode(kvm);
  return {
    ...environment,
    runner: findRunner(),
    hasModule: kvm.module !== null,
    ban: kvm.module === null ? findBan([...own, 'kvm']) : null,
    missing: { reason: message.replace(/^there is no \S+: /, ''), hint },
  };
}
