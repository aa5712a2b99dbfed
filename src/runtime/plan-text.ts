import type { LaunchPlan } from './launch-plan.ts';
import { refusals } from './launch-plan.ts';
import { printTable } from './table.ts';

/** The plan as cli.md's JSON document. */
export function planDocument(plan: LaunchPlan): object {
  const { mode, name, identity, confinement, argv } = plan;
  return {
    version: 1,
    mode,
    name,
    emulator: { path: plan.emulator },
    identity,
    resources: plan.resources.map((resource) => ({
      path: resource.path,
      kind: resource.kind,
      access: resource.access,
      shared: resource.shared,
      exists: resource.exists,
      from: resource.from,
      action: resource.action,
      why: resource.why,
    })),
    findings: plan.findings,
    confinement,
    argv,
  };
}

/** The plan for people: the paths, what QEMU runs as, whether `run` would go ahead. */
export function printPlan(plan: LaunchPlan): string {
  return [printPaths(plan), printRunsAs(plan), printVerdict(plan)].join('\n');
}

function printPaths(plan: LaunchPlan): string {
  if (plan.resources.length === 0) return 'no path of this host is used\n';
  const rows = plan.resources.map(({ path, kind, access, action, why }) => {
    return [path, kind, access, action, why];
  });
  return printTable([['path', 'kind', 'access', 'action', 'why'], ...rows]);
}

function printRunsAs(plan: LaunchPlan): string {
  const { identity, confinement } = plan;
  return printTable([
    ['name', `${plan.name} (${plan.mode} mode)`],
    ['emulator', plan.emulator],
    ['user', `${identity.user} (${identity.uid})`],
    ['group', `${identity.group} (${identity.gid})`],
    ['groups', identity.groups.join(' ')],
    ['capabilities', `${confinement.capabilities}, bounding set ${confinement.boundingSet}`],
    ['no new privileges', 'yes'],
    ['sandbox', confinement.sandbox ?? 'none asked for'],
  ]);
}

function printVerdict(plan: LaunchPlan): string {
  const count = refusals(plan).length;
  if (count === 0) return '`run` would go ahead\n';
  return `\`run\` would refuse: ${count} ${count === 1 ? 'problem' : 'problems'}\n`;
}
