import type { Finding } from '../../src/errors.ts';
import type { Surroundings } from '../../src/runtime/confinement/cell.ts';
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
    found: { type: 'file', device: '1', inode: '2' },
    action: 'claim',
    why: 'writable, not shared',
    ...more,
  };
}

/** What an ordinary emulator is planned in, on a kernel without Landlock. */
export const surroundings: Surroundings = {
  abi: 0,
  withTcp: false,
  keepsCapabilities: false,
  emulator: {
    path: '/usr/bin/qemu-system-x86_64',
    found: { type: 'file', device: '1', inode: '1' },
    program: {
      kind: 'elf',
      interpreter: '/lib64/ld-linux-x86-64.so.2',
      libraries: ['libseccomp.so.2'],
    },
  },
  listPorts: () => [],
  environment: [],
  resources: [],
  allowed: [],
  ownDirectory: '/run/virt-privileges/web',
  temporaryDirectory: null,
  startsPrograms: false,
  needs: new Set(),
  makesCode: true,
};

/** A plan in system mode with these. */
export function planOf(resources: readonly Resource[], findings: readonly Finding[]): LaunchPlan {
  return {
    mode: 'system',
    name: 'web',
    emulator: '/usr/bin/qemu-system-x86_64',
    identity: { user: 'qemu', uid: 107, group: 'qemu', gid: 107, groups: [36, 107] },
    resources,
    descriptors: [],
    taps: [],
    places: [],
    findings,
    ...planConfinement('system', { nofile: [1024, 524288], core: [0, 0] }, 'on', surroundings),
    argv: ['qemu-system-x86_64'],
    environment: [],
    umask: 0o077,
    directory: '/',
    oomScore: 0,
    directories: { state: '/var/lib/virt-privileges', run: '/run/virt-privileges' },
    report: null,
  };
}
