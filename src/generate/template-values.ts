import { printSetting } from '../formats/qemu-conf-edit.ts';
import type { Policy } from '../policy/policy.ts';
import { hasAccountPackages, isLate } from './blueprints.ts';
import { printHeader } from './header.ts';
import type { Choice } from './options.ts';

/** What every template can use as `v`. */
export type TemplateValues = ReturnType<typeof templateValues>;

/** The policy in the words of sysusers.d, udev, shell and qemu.conf; `label` says what it is made for. */
export function templateValues(choice: Choice, label: string, version: string) {
  const { policy, target } = choice;
  const { user, group, kvm } = policy;
  return {
    header: printHeader(version, label),
    label,
    target,
    hasAccountPackages: hasAccountPackages(choice),
    user: {
      name: user.name,
      id: printId(user.uid),
      comment: user.comment,
      home: target.home === '/' ? '-' : target.home,
    },
    group: groupValues(group),
    kvmGroup: groupValues(kvm.group),
    access: kvm.access,
    hasTag: kvm.access === 'uaccess' && !isLate(target),
    mode: kvm.mode,
    qemuConf: Object.entries(policy.qemuConf).map(([key, value]) => {
      return { key, text: printSetting(key, value) };
    }),
  };
}

function groupValues({ name, gid }: Policy['group']) {
  return { name, id: printId(gid), option: gid === null ? '' : ` -g ${gid}` };
}

// In sysusers.d a dash is whichever id is free.
function printId(id: number | null): string {
  return id === null ? '-' : String(id);
}
