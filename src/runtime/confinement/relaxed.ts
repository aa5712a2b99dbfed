import type { Finding, WarningCode } from '../../errors.ts';
import { type Surroundings, sharesFiles } from './cell.ts';
import { leastAbi } from './landlock-rights.ts';
import { describeOpened } from './opened.ts';

interface Sandbox {
  /** QEMU's own, as it will be. */
  readonly sandbox: string | null;
  /** qemu.conf insists on it. */
  readonly isWanted: boolean;
}

/** What does not hold QEMU in as it could, and why; an error where it was required. */
export function describeRelaxed(
  wish: 'auto' | 'require' | 'off',
  given: Surroundings,
  { sandbox, isWanted }: Sandbox,
): readonly Finding[] {
  return [
    ...describeLandlock(wish, given.abi),
    ...describeOpened(given),
    ...(given.emulator.program.kind === 'script' ? [script(given.emulator.path)] : []),
    ...(sharesFiles(given.resources) ? [shared] : []),
    ...(given.needs.has('affinity') ? [affinity] : []),
    ...(given.needs.has('rings') ? [rings] : []),
    ...(isWanted && sandbox?.startsWith('on') !== true ? [noSandbox] : []),
  ];
}

function describeLandlock(wish: 'auto' | 'require' | 'off', abi: number): readonly Finding[] {
  if (wish === 'require' && abi < leastAbi) return [missingLandlock(abi)];
  if (abi > 0) return [];
  const why = wish === 'off' ? '--landlock off' : 'this kernel has no Landlock';
  return [
    warning(
      'VP_WARN_RELAXED',
      `${why}: QEMU can open every file that its user may, disks of other VMs too`,
      wish === 'off'
        ? 'leave it out'
        : 'use a kernel of 5.13 or later with landlock among its security modules (lsm=)',
    ),
  ];
}

function missingLandlock(abi: number): Finding {
  const has = abi === 0 ? 'has none' : `has version ${abi}`;
  return {
    code: 'VP_LANDLOCK_MISSING',
    severity: 'error',
    message: `--landlock require needs Landlock of version ${leastAbi}, and this kernel ${has}`,
    hint: 'use a kernel of 6.2 or later with landlock among its security modules (lsm=), or --landlock auto',
  };
}

function script(path: string): Finding {
  return warning(
    'VP_WARN_RELAXED',
    `${path} is a script: what it starts is not known, so it may start every program of the system, and -sandbox is not added`,
    'name the emulator that the script starts',
  );
}

const shared = warning(
  'VP_WARN_RELAXED',
  'a shared directory is writable: QEMU may change modes, owners and times of its user’s files by name, those of other VMs too',
  'share it read-only (readonly=on), or through virtiofsd',
);

const affinity = warning(
  'VP_WARN_RELAXED',
  'a thread-context binds threads to processors: QEMU may do so with other processes of its user too',
  'bind them from outside, with taskset or a service’s CPUAffinity=',
);

const rings = warning(
  'VP_WARN_RELAXED',
  'io_uring passes by every filter of system calls: QEMU may set extended attributes and access lists of its user’s files by name, those of other VMs too',
  'say aio=native or aio=threads',
);

const noSandbox = warning(
  'VP_WARN_QEMU_CONF',
  'seccomp_sandbox = 1 has no effect here: the emulator is not linked with libseccomp',
  '',
);

function warning(code: WarningCode, message: string, hint: string): Finding {
  return { code, severity: 'warning', message, hint };
}
