import { printSetting } from '../formats/qemu-conf-edit.ts';
import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';

/** What every template can use as `v`. */
export type TemplateValues = ReturnType<typeof templateValues>;

/** The policy in the words of sysusers.d, udev, shell and qemu.conf. */
export function templateValues(policy: Policy, target: Target, version: string) {
  const { user, group, kvm } = policy;
  return {
    header: `made by provision generate ${version} for ${target.id}; may be checked in`,
    target,
    user: {
      name: user.name,
      id: printId(user.uid),
      comment: user.comment,
      home: target.home === '/' ? '-' : target.home,
    },
    group: groupValues(group),
    kvmGroup: groupValues(kvm.group),
    access: kvm.access,
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
