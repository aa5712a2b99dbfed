import { findGroup } from '../../formats/group.ts';
import { findUser } from '../../formats/passwd.ts';
import { failed, type Outcome, outcomeOfFindings, passed } from '../check.ts';
import type { HostView } from '../host-view.ts';

/** The accounts of the policy: there, with its ids, the user in the group for /dev/kvm. */
export function checkAccounts(host: HostView): Outcome {
  const { missing, findings } = host.accounts;
  const found = describeAccounts(host);
  if (missing.length > 0) {
    const others = findings.map(({ message }) => message);
    const hint = 'provision apply --only accounts';
    return failed(`missing: ${missing.join(', ')}`, hint, [...found, ...others]);
  }
  return outcomeOfFindings(findings, found) ?? passed(found.join(', '));
}

function describeAccounts({ policy, users, groups }: HostView): readonly string[] {
  const user = findUser(users, policy.user.name);
  const names = [...new Set([policy.group.name, policy.kvm.group.name])];
  const found = names.flatMap((name) => findGroup(groups, name) ?? []);
  return [
    ...(user === undefined ? [] : [`user ${user.name} (${user.uid})`]),
    ...found.map(({ name, gid }) => {
      const isKvm = name === policy.kvm.group.name && name !== policy.group.name;
      return `${isKvm ? 'member of' : 'group'} ${name} (${gid})`;
    }),
  ];
}
