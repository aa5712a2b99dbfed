import { parseGroup } from '../../src/formats/group.ts';
import { parsePasswd } from '../../src/formats/passwd.ts';
import { usualIds } from '../../src/verify/check.ts';
import type { HostView, LiveView } from '../../src/verify/host-view.ts';
import type { Site } from '../../src/verify/site.ts';
import { native } from './native.ts';
import { names } from './process-facts.ts';
import { policyOf } from './provision.ts';
import { bareMetal } from './surroundings.ts';

export const liveView: LiveView = {
  surroundings: bareMetal,
  node: { isCharacterDevice: true, uid: 0, gid: 36, mode: 0o666, acl: [] },
  module: 'kvm_intel',
  daemons: [],
};

/** A running Fedora that is as the policy says. */
export const hostView: HostView = {
  policy: policyOf('fedora-44').policy,
  users: parsePasswd('root:x:0:0::/:/bin/sh\nqemu:x:107:107::/:/sbin/nologin\n'),
  groups: parseGroup('root:x:0:\nkvm:x:36:qemu\nqemu:x:107:\n'),
  accounts: { missing: [], findings: [] },
  device: { winners: ['mode 0666 by /usr/lib/udev/rules.d/80-kvm.rules:1'], strays: [] },
  conf: {
    path: '/etc/libvirt/qemu.conf',
    state: 'file',
    text: 'user = "qemu"\ngroup = "qemu"\ndynamic_ownership = 1\n',
    defaults: { user: 'qemu', group: 'qemu', of: 'fedora-44' },
  },
  live: liveView,
};

/** A place for checks with nothing of this machine in it. */
export const site: Site = {
  host: hostView,
  native,
  names,
  ids: {
    user: (name) => ({ root: 0, qemu: 107 })[name] ?? null,
    group: (name) => ({ root: 0, qemu: 107, kvm: 36 })[name] ?? null,
  },
  readAudit: () => ({ judgements: [], findings: [], isComplete: true, hasRights: true }),
  findTool: () => null,
  programs: { verifyExec: '/nonexistent', launcher: ['/nonexistent'] },
  wish: { only: usualIds, as: null, launch: false, libvirt: false, session: null },
  signal: new AbortController().signal,
};
