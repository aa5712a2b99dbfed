import { styleText } from 'node:util';
import { type Finding, withoutControls } from '../errors.ts';
import { type Change, type HostPlan, isPending } from '../host/plan/change.ts';
import type { Root } from '../host/root.ts';
import type { Target } from '../targets/target.ts';

/** A plan for people: a line for each change, `+` for what is made, `~` for what is changed, `-` for what goes. */
export function printPlan(changes: readonly Change[], hasColour: boolean): string {
  const pending = changes.filter(isPending);
  if (pending.length === 0) return 'no changes\n';
  return `${pending.map((change) => `${printChange(change, hasColour)}\n`).join('')}${printCounts(pending)}\n`;
}

/** Where a plan was made, for which target, and what was found before there was a plan. */
interface PlanInputs {
  readonly root: Root;
  readonly target: Target;
  readonly findings: readonly Finding[];
}

/** The document of `apply` and `status`. */
export function planDocument(
  { changes, findings }: HostPlan,
  { root, target, findings: earlier }: PlanInputs,
): object {
  return {
    target: target.id,
    root: root.path,
    changed: changes.some(isPending),
    changes,
    findings: [...earlier, ...findings],
  };
}

function printChange(change: Change, hasColour: boolean): string {
  const line = withoutControls(`${change.kind} ${change.id} ${describeChange(change)}`.trimEnd());
  const { sign, colour } = signs[change.action];
  const text = `${sign} ${line}`;
  return hasColour ? styleText(colour, text) : text;
}

const signs = {
  create: { sign: '+', colour: 'green' },
  update: { sign: '~', colour: 'yellow' },
  remove: { sign: '-', colour: 'red' },
  none: { sign: ' ', colour: 'reset' },
} as const;

function describeChange(change: Change): string {
  switch (change.kind) {
    case 'group':
      return `(gid ${change.after.gid ?? 'any'})`;
    case 'user':
      return `(uid ${change.after.uid ?? 'any'}, group ${change.after.group})`;
    case 'membership':
      return '';
    case 'file':
      return describeFile(change);
    case 'conf':
      return describeSettings(change);
    case 'device':
      return `(${describeOwner(change.before)} -> ${describeOwner(change.after)})`;
    case 'service':
      return '(restart)';
  }
}

function describeFile({ before, after }: Extract<Change, { kind: 'file' }>): string {
  if (after === null) return '(made before, not wanted any more)';
  if (before === null) return `(mode ${after.mode})`;
  const owner = `${before.uid}:${before.gid}`;
  const differences = [
    before.text === after.text ? '' : 'content',
    before.mode === after.mode ? '' : `mode ${before.mode} -> ${after.mode}`,
    owner === '0:0' ? '' : `owner ${owner} -> 0:0`,
  ];
  return `(${differences.filter((text) => text !== '').join(', ')})`;
}

function describeSettings({ before, after }: Extract<Change, { kind: 'conf' }>): string {
  const settings = Object.entries(after.settings).map(([key, value]) => {
    const old = before?.settings[key] ?? null;
    const now = `${key} = ${JSON.stringify(value)}`;
    return before === null || old === null ? now : `${now} (was ${JSON.stringify(old)})`;
  });
  return `(${settings.join(', ')})`;
}

function describeOwner(value: Extract<Change, { kind: 'device' }>['before']): string {
  if (value === null) return 'nothing';
  return [`${value.uid}:${value.group} ${value.mode}`, ...(value.acl ?? [])].join(' ');
}

function printCounts(pending: readonly Change[]): string {
  const count = (wanted: Change['action']) =>
    pending.filter(({ action }) => action === wanted).length;
  const removed = count('remove');
  const more = removed === 0 ? '' : `, ${removed} to remove`;
  return `${count('create')} to create, ${count('update')} to update${more}`;
}
