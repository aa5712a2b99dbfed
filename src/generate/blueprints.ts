import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import type { Layout, PayloadFile } from './payload.ts';

/** A file of the payload before it is rendered. */
export interface Blueprint extends Pick<PayloadFile, 'name' | 'role' | 'destination'> {
  /** Path below templates/. */
  readonly template: string;
}

/** The files that are installed for this policy on this target, in the order of the payload. */
export function installedBlueprints(
  policy: Policy,
  target: Target,
  layout: Layout,
): readonly Blueprint[] {
  const sysusers = directory('sysusers.d', layout);
  const rules = layout === 'etc' ? '/etc/udev/rules.d' : target.rulesDirectory;
  return [
    {
      name: 'virt-privileges.sysusers',
      role: 'sysusers',
      template: 'sysusers/accounts.conf.ejs',
      destination: `${sysusers}/virt-privileges.conf`,
    },
    {
      name: 'virt-privileges-members.sysusers',
      role: 'members',
      template: 'sysusers/members.conf.ejs',
      destination: `${sysusers}/virt-privileges-members.conf`,
    },
    rule(target.rulesFile, 'udev/kvm.rules.ejs', rules),
    ...(mustRemoveTag(policy, target) ? [rule(untagFile, 'udev/no-uaccess.rules.ejs', rules)] : []),
    ...(target.tmpfilesCompanion ? [companion(layout)] : []),
  ];
}

/** The files that are never installed; all of them are rendered from the installed ones. */
export const fragmentBlueprints: readonly Blueprint[] = [
  uninstalled('qemu.conf', 'qemu-conf', 'qemu.conf.ejs'),
  ...['preamble', 'accounts', 'install', 'device', 'files'].map((part) =>
    uninstalled(`virt-privileges-${part}.inc`, 'fragment', `spec/${part}.inc.ejs`),
  ),
  uninstalled('virt-privileges-host.spec', 'spec', 'spec/host.spec.ejs'),
];

// 70-uaccess.rules gives the tag, 73-seat-late.rules acts on it: it must go in between.
const untagFile = '72-virt-privileges-kvm.rules';

function mustRemoveTag({ kvm }: Policy, target: Target): boolean {
  return kvm.access === 'group' && target.kvmAccess === 'uaccess';
}

function rule(name: string, template: string, parent: string): Blueprint {
  return { name, role: 'udev-rule', template, destination: `${parent}/${name}` };
}

function companion(layout: Layout): Blueprint {
  return {
    name: 'zz-virt-privileges-kvm.tmpfiles',
    role: 'tmpfiles',
    template: 'udev/kvm.tmpfiles.ejs',
    destination: `${directory('tmpfiles.d', layout)}/zz-virt-privileges-kvm.conf`,
  };
}

function directory(name: string, layout: Layout): string {
  return layout === 'etc' ? `/etc/${name}` : `/usr/lib/${name}`;
}

function uninstalled(name: string, role: PayloadFile['role'], template: string): Blueprint {
  return { name, role, template, destination: null };
}
