import type { Finding } from '../../src/errors.ts';
import { planConfinement } from '../../src/runtime/confinement.ts';
import type { LaunchPlan } from '../../src/runtime/launch-plan.ts';
import type { Resource } from '../../src/runtime/preflight.ts';

/** A disk that is claimed, or what `more` makes of it. */
export function resource(path: string, more: Partial<Resource> = {}): Resource {
  return {
    path,
    kind: 'disk',
    access: 'rw',
    shared: false,
    created: false,
    optional: false,
    from: [`-hda ${path}`],
    exists: true,
    action: 'claim',
    why: 'writable, not shared',
    ...more,
  };
}

/** A plan in system mode with these. */
export function planOf(resources: readonly Resource[], findings: readonly Finding[]): LaunchPlan {
  return {
    mode: 'system',
    name: 'web',
    emulator: '/usr/bin/qemu-system-x86_64',
    identity: { user: 'qemu', uid: 107, group: 'qemu', gid: 107, groups: [36, 107] },
    resources,
    descriptors: [],
    findings,
    confinement: planConfinement('system', { nofile: [1024, 524288], core: [0, 0] }, 'on'),
    argv: ['qemu-system-x86_64'],
    environment: [],
    umask: 0o077,
    directories: { state: '/var/lib/virt-privileges', run: '/run/virt-privileges' },
    report: null,
  };
}
