import { closeSync } from 'node:fs';
import type { AccountChange } from './change.ts';
import { requireTool } from './command.ts';
import type { PreparedPlan } from './prepared-plan.ts';
import type { Root } from './root.ts';
import { openDirectory } from './root-files.ts';

/** Makes accounts with the tool that the facts name. What it did must be proven by reading them again. */
export async function applyAccounts(
  plan: PreparedPlan,
  changes: readonly AccountChange[],
): Promise<void> {
  // The tools make their files, not the directory.
  closeSync(openDirectory(plan.root, '/etc'));
  if (plan.facts.accountTool === 'systemd-sysusers') return applySysusers(plan);
  for (const change of changes) await applyShadow(plan, change);
}

// The same lines as the payload's files, so that a package and this program make the same accounts.
async function applySysusers({ root, intent }: PreparedPlan): Promise<void> {
  const files = intent.payload.files.filter(
    ({ role }) => role === 'sysusers' || role === 'members',
  );
  const written = files.map((file) => file.text).join('\n');
  const text = (await canLock()) ? written : written.replaceAll(/^u! /gm, 'u ');
  const place = root.isLive ? [] : [`--root=${openPlace(root)}`];
  await requireTool('systemd-sysusers', [...place, '-'], text);
}

// An image may be newer than this system's program, which would do nothing at all for a `u!` line.
async function canLock(): Promise<boolean> {
  const { stdout } = await requireTool('systemd-sysusers', ['--version']);
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0) >= 257;
}

// The open directory itself: somebody may have put a link to `/` under its name by now.
function openPlace(root: Root): string {
  return `/proc/${process.pid}/fd/${root.directory}`;
}

async function applyShadow({ root, intent }: PreparedPlan, change: AccountChange): Promise<void> {
  // Not --root: that is a chroot, in which the tool would load libraries of the image as root.
  const place = root.isLive ? [] : ['--prefix', openPlace(root)];
  const [tool, ...args] = shadowCommand(change, intent);
  await requireTool(tool, [...place, ...args]);
}

function shadowCommand(
  change: AccountChange,
  { policy, target }: PreparedPlan['intent'],
): readonly [string, ...string[]] {
  const { id } = change;
  if (change.kind === 'membership')
    return ['usermod', '--append', '--groups', change.after.group, '--', change.after.user];
  if (change.kind === 'group')
    return ['groupadd', '--system', ...idOption('--gid', change.after.gid), '--', id];
  const { group, uid } = change.after;
  const fields = ['--gid', group, '--comment', policy.user.comment, '--home-dir', target.home];
  const options = ['--system', '--no-create-home', ...idOption('--uid', uid), ...fields];
  return ['useradd', ...options, '--shell', target.shell, '--', id];
}

function idOption(name: string, id: number | null): readonly string[] {
  return id === null ? [] : [name, String(id)];
}
