import { closeSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import { findUser } from '../../formats/passwd.ts';
import { requireTool } from '../command.ts';
import { findAccountObstacles } from '../facts/account-tools.ts';
import type { AccountChange } from '../plan/change.ts';
import type { PreparedPlan } from '../plan/prepared-plan.ts';
import { pathInRoot, type Root } from '../root.ts';
import { openDirectory } from '../root-files.ts';

/** Makes accounts with the tool that the facts name. What it did must be proven by reading them again. */
export async function applyAccounts(
  plan: PreparedPlan,
  changes: readonly AccountChange[],
): Promise<void> {
  requireClosed(plan.root);
  // The tools make their files, not the directory.
  closeSync(openDirectory(plan.root, '/etc'));
  if (plan.facts.accountTool === 'systemd-sysusers') return applySysusers(plan, changes);
  for (const change of changes) await applyShadow(plan, change);
}

// Asked again just before: the tools open files of an image by their names.
function requireClosed(root: Root): void {
  const [open] = root.isLive ? [] : findAccountObstacles(root);
  if (open === undefined) return;
  const path = pathInRoot(root, open);
  throw new AppError('VP_PATH_KIND', `${path} was exchanged while this program ran`, { path });
}

async function applySysusers(plan: PreparedPlan, changes: readonly AccountChange[]): Promise<void> {
  const type = plan.intent.target.bangOk && (await canLock()) ? 'u!' : 'u';
  const text = changes.map((change) => `${sysusersLine(type, change, plan)}\n`).join('');
  const place = isOwnPlace(plan) ? [] : [`--root=${openPlace(plan.root)}`];
  await requireTool('systemd-sysusers', [...place, '-'], text);
}

// An image may be newer than this system's program, which would do nothing at all for a `u!` line.
async function canLock(): Promise<boolean> {
  const { stdout } = await requireTool('systemd-sysusers', ['--version']);
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0) >= 257;
}

// As in the payload's files, but with the ids that are planned here: a package makes the same accounts.
function sysusersLine(type: string, change: AccountChange, plan: PreparedPlan): string {
  const { id } = change;
  if (change.kind === 'membership') return `m ${change.after.user} ${change.after.group}`;
  if (change.kind === 'group') return `g ${id} ${change.after.gid ?? '-'}`;
  const { comment, home, shell } = userFields(id, plan);
  const fields = [comment, home, shell].map(quote).join(' ');
  return `${type} ${id} ${change.after.uid ?? '-'}:${change.after.group} ${fields}`;
}

// A percent sign would be a specifier.
function quote(text: string): string {
  return text === '' ? '-' : `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}

// What an image-based system says of a user that is copied into /etc stays as it is.
function userFields(name: string, { facts, intent }: PreparedPlan) {
  const { home, shell } = intent.target;
  return findUser(facts.users, name) ?? { comment: intent.policy.user.comment, home, shell };
}

/*
 * The running system, seen as the tools see it. On image-based systems their name service shows them
 * accounts that they then do not write into /etc: there they are told of a root, and look into /etc only.
 */
function isOwnPlace({ root, facts }: PreparedPlan): boolean {
  return root.isLive && !facts.hasAltfiles;
}

// The open directory itself: somebody may have put a link to `/` under its name by now.
function openPlace(root: Root): string {
  return `/proc/${process.pid}/fd/${root.directory}`;
}

async function applyShadow(plan: PreparedPlan, change: AccountChange): Promise<void> {
  // Not --root: that is a chroot, in which the tool would load libraries of the image as root.
  const place = isOwnPlace(plan) ? [] : ['--prefix', openPlace(plan.root)];
  const [tool, ...args] = shadowCommand(change, plan);
  await requireTool(tool, [...place, ...args]);
}

function shadowCommand(change: AccountChange, plan: PreparedPlan): readonly [string, ...string[]] {
  const { id } = change;
  if (change.kind === 'membership')
    return ['usermod', '--append', '--groups', change.after.group, '--', change.after.user];
  if (change.kind === 'group')
    return ['groupadd', '--system', ...idOption('--gid', change.after.gid), '--', id];
  const { group, uid } = change.after;
  const { comment, home, shell } = userFields(id, plan);
  const fields = ['--gid', group, '--comment', comment, '--home-dir', home, '--shell', shell];
  const options = ['--system', '--no-create-home', ...idOption('--uid', uid), ...fields];
  return ['useradd', ...options, '--', id];
}

function idOption(name: string, id: number | null): readonly string[] {
  return id === null ? [] : [name, String(id)];
}
