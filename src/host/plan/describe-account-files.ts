import type { Finding } from '../../errors.ts';
import { findGroup } from '../../formats/group.ts';
import { findUser } from '../../formats/passwd.ts';
import { lintGroup } from '../../generate/lint/udev-access.ts';
import type { HostFacts } from '../facts/facts.ts';
import type { Intent } from './intent.ts';

/** What keeps the account tools from working, or would lead them astray. */
export function describeTools({ accountTool, accountLinks, root }: HostFacts): readonly Finding[] {
  const missing: Finding = {
    code: 'VP_MISSING_TOOL',
    severity: 'error',
    message: 'no program that makes accounts: neither systemd-sysusers nor groupadd and useradd',
    hint: 'install systemd (systemd-standalone-sysusers) or the passwd or shadow-utils package',
  };
  const links = accountLinks.map(
    (path): Finding => ({
      code: 'VP_PATH_KIND',
      severity: 'error',
      path,
      message: `${path} of ${root} is not root’s alone, or no regular file or directory: an account tool could be led out of the image or wait for ever`,
      hint: 'have a regular file or directory there that belongs to root, and that nobody else can write',
    }),
  );
  return [...(accountTool === null ? [missing] : []), ...links];
}

/** Where the hidden files contradict the open ones: an account tool has not done all of its work. */
export function describeShadow({ policy }: Intent, facts: HostFacts): readonly Finding[] {
  return [...describeUserShadow(policy.user.name, facts), ...describeMembers(policy, facts)];
}

function describeUserShadow(
  name: string,
  { users, elsewhere, shadow }: HostFacts,
): readonly Finding[] {
  if (shadow.users === null || findUser(users, name) === undefined) return [];
  if (Object.hasOwn(elsewhere.users, name)) return [];
  const entry = shadow.users.find((user) => user.name === name);
  if (entry === undefined)
    return [warning(`user ${name} is missing in /etc/shadow`, 'pwconv writes it, and locked')];
  if (entry.isLocked) return [];
  return [warning(`user ${name} can have a password`, `QEMU needs none: usermod --lock ${name}`)];
}

function describeMembers({ user, kvm }: Intent['policy'], facts: HostFacts): readonly Finding[] {
  const { name } = kvm.group;
  const hidden = facts.shadow.groups?.find((group) => group.name === name);
  const open = findGroup(facts.groups, name);
  if (hidden === undefined || open === undefined) return [];
  const [isMember, isHiddenMember] = [open, hidden].map(({ members }) =>
    members.includes(user.name),
  );
  if (isMember === isHiddenMember) return [];
  const where = isMember
    ? 'in /etc/group and not in /etc/gshadow'
    : 'in /etc/gshadow and not in /etc/group';
  return [warning(`user ${user.name} is a member of ${name} ${where}`, 'put it right with grpck')];
}

function warning(message: string, hint: string): Finding {
  return { code: 'VP_WARN_ACCOUNTS', severity: 'warning', message, hint };
}

/** A group that some udevd do not take for a device. */
export function describeKvmGid({ policy, target }: Intent, facts: HostFacts): readonly Finding[] {
  const { name } = policy.kvm.group;
  const group = findGroup(facts.groups, name);
  if (group === undefined || group.gid <= 999) return [];
  const setting = { target, policy: null, accounts: facts, plannedGroups: new Set<string>() };
  // The node gets its group directly then, so that nothing stops here.
  return lintGroup({ value: name }, setting, (_severity, code, message, hint) => {
    return { code, severity: 'warning', message, hint };
  });
}
