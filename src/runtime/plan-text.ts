import type { Finding } from '../errors.ts';
import { withoutControls } from '../errors.ts';
import type { LimitPair } from '../formats/proc-limits.ts';
import type { Confinement } from './confinement.ts';
import type { LaunchPlan } from './launch-plan.ts';
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
      device: resource.device,
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
    descriptors: plan.descriptors,
  };
}

/** The plan for people: the paths, what stands in the way, what QEMU runs as, whether `run` would go ahead. */
export function printPlan(plan: LaunchPlan): string {
  const problems = groupFindings(plan.findings);
  const parts = [
    printPaths(plan),
    problems.map(printProblem).join(''),
    printRunsAs(plan),
    printVerdict(problems),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

// A terminal's least; longer paths have lines of their own.
const width = 80;

function printPaths(plan: LaunchPlan): string {
  if (plan.resources.length === 0) return 'no path of this host is used\n';
  const rows = plan.resources.map(({ path, kind, access, action, exists, created, why }) => {
    return [path, kind, access, action, exists || created || action === 'create' ? why : 'missing'];
  });
  return printTable([['path', 'kind', 'access', 'decision', 'why'], ...rows], width);
}

/** One thing to put right, and the paths that need it. */
interface Problem {
  readonly severity: Finding['severity'];
  readonly message: string;
  readonly hint: string;
  readonly paths: string[];
}

/** The findings, errors first; what stands in the way of several paths is one problem. */
function groupFindings(findings: readonly Finding[]): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const finding of findings.toSorted(compareSeverity)) {
    const { severity, path = '', hint } = finding;
    const isPrefixed = finding.message.startsWith(`${path}: `);
    const message = isPrefixed ? finding.message.slice(path.length + 2) : finding.message;
    const key = `${message}\n${hint}`;
    const problem = problems.get(key) ?? { severity, message, hint, paths: [] };
    problems.set(key, problem);
    if (isPrefixed) problem.paths.push(path);
  }
  return [...problems.values()];
}

function compareSeverity(a: Finding, b: Finding): number {
  return Number(b.severity === 'error') - Number(a.severity === 'error');
}

const mostPaths = 4;

function printProblem({ severity, message, hint, paths }: Problem): string {
  const left = paths.length - mostPaths;
  const hints = hint.split('\n').filter((text) => text !== '');
  const lines = [
    `${severity}: ${message}`,
    ...paths.slice(0, mostPaths).map((path) => `  for ${path}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
    ...hints.map((text) => `  hint: ${text}`),
  ];
  return lines.map((line) => `${withoutControls(line)}\n`).join('');
}

function printRunsAs(plan: LaunchPlan): string {
  const { identity, confinement, descriptors } = plan;
  const numbers = descriptors.map(({ number }) => number).join(' ');
  return printTable([
    ['name', `${plan.name} (${plan.mode} mode)`],
    ['emulator', plan.emulator],
    ['user', `${identity.user} (${identity.uid})`],
    ['group', `${identity.group} (${identity.gid})`],
    ['groups', identity.groups.join(' ') || 'none'],
    ['capabilities', `${confinement.capabilities}, bounding set ${confinement.boundingSet}`],
    ['no new privileges', 'yes'],
    ['limits', Object.entries(confinement.limits).map(printLimit).join(', ')],
    ['Landlock', printLandlock(confinement.landlock)],
    ['sandbox', confinement.sandbox ?? 'none'],
    ...(numbers === '' ? [] : [['descriptors', `${numbers} stay open`]]),
  ]);
}

function printLandlock({ level, abi, rules }: Confinement['landlock']): string {
  return level === 'off' ? 'off' : `${level} (ABI ${abi}, ${rules} rules)`;
}

function printLimit([name, [soft, hard]]: [string, LimitPair]): string {
  return soft === hard ? `${name} ${soft}` : `${name} ${soft} (hard ${hard})`;
}

function printVerdict(problems: readonly Problem[]): string {
  const count = problems.filter(({ severity }) => severity === 'error').length;
  if (count === 0) return '`run` would go ahead\n';
  return `\`run\` would refuse: ${count} ${count === 1 ? 'problem' : 'problems'}\n`;
}
