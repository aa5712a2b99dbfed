import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import type { Choice } from './options.ts';
import type { Layout, PayloadFile } from './payload.ts';

/** A file of the payload before it is rendered. */
export interface Blueprint extends Pick<PayloadFile, 'name' | 'role' | 'destination'> {
  /** Path below templates/. */
  readonly template: string;
}

/** The files for a host with this policy and target, in the order of the payload. */
export function hostBlueprints(choice: Choice, layout: Layout): readonly Blueprint[] {
  const { policy, target } = choice;
  const sysusers = hasSysusers(choice, layout) ? directory('sysusers.d', layout) : null;
  const rules = layout === 'etc' ? '/etc/udev/rules.d' : target.rulesDirectory;
  return [
    {
      name: 'virt-privileges.sysusers',
      role: 'sysusers',
      template: 'sysusers/accounts.conf.ejs',
      destination: below(sysusers, 'virt-privileges.conf'),
    },
    // Behind every other file: whoever it makes a member has been made by then.
    {
      name: 'virt-privileges-members.sysusers',
      role: 'members',
      template: 'sysusers/members.conf.ejs',
      destination: below(target.membersOk ? sysusers : null, 'zz-virt-privileges-members.conf'),
    },
    rule(target.rulesFile, 'udev/kvm.rules.ejs', rules),
    ...tagTemplates(policy, target).map((template) => rule(tagFile, template, rules)),
    ...(target.tmpfilesCompanion ? [companion(layout)] : []),
    ...(hasUnits(target, layout) ? units : []),
    { name: 'qemu.conf', role: 'qemu-conf', template: 'qemu.conf.ejs', destination: null },
  ];
}

/** The distribution has packages of its own for exactly these accounts, so ours need only ask for them. */
export function hasAccountPackages({ policy, target }: Choice): boolean {
  const { user, group, kvm } = policy;
  return (
    target.accountPackages.length > 0 &&
    user.name === target.user &&
    user.uid === target.uid &&
    group.name === target.group &&
    group.gid === target.gid &&
    kvm.group.name === target.kvmGroup &&
    kvm.group.gid === target.kvmGid
  );
}

// A host's own /etc says it always; a package leaves out what nothing reads or another package brings.
function hasSysusers(choice: Choice, layout: Layout): boolean {
  if (layout === 'etc') return true;
  return choice.target.hasSysusers && !hasAccountPackages(choice);
}

function below(parent: string | null, name: string): string | null {
  return parent === null ? null : `${parent}/${name}`;
}

// 70-uaccess.rules gives the tag, 73-seat-late.rules acts on it: it must go in between.
const tagFile = '72-virt-privileges-kvm.rules';

function tagTemplates({ kvm }: Policy, target: Target): readonly string[] {
  if (kvm.access === 'group' && target.kvmAccess === 'uaccess')
    return ['udev/no-uaccess.rules.ejs'];
  return kvm.access === 'uaccess' && isLate(target) ? ['udev/uaccess.rules.ejs'] : [];
}

/** The rule stands in a file that is read when the tag has been acted on. */
export function isLate({ rulesFile }: Target): boolean {
  return rulesFile >= '73';
}

function rule(name: string, template: string, parent: string): Blueprint {
  return { name, role: 'udev-rule', template, destination: `${parent}/${name}` };
}

/** Packages bring them with the programs that they call; before systemd 215 units lay elsewhere. */
export function hasUnits(target: Target, layout: Layout): boolean {
  return target.hasSysusers && layout === 'usr';
}

const units: readonly Blueprint[] = [
  unit('virt-privileges-recover.service', 'systemd/recover.service.ejs'),
  {
    name: 'virt-privileges.preset',
    role: 'preset',
    template: 'systemd/preset.ejs',
    destination: '/usr/lib/systemd/system-preset/80-virt-privileges.preset',
  },
  unit('qemu-vm@.service', 'systemd/qemu-vm.service.ejs'),
];

function unit(name: string, template: string): Blueprint {
  return { name, role: 'unit', template, destination: `/usr/lib/systemd/system/${name}` };
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
