import { constants, existsSync, fstatSync } from 'node:fs';
import { accessAttribute, parsePosixAcl } from '../../formats/posix-acl.ts';
import type { DeviceAccess } from '../../policy/device-access.ts';
import { findTool, runTool } from '../command.ts';
import { type Root, withPath } from '../root.ts';
import { readLine } from './read-environment.ts';

export const KVM_NODE = '/dev/kvm';

/** The node as it is. */
export interface DeviceFacts extends DeviceAccess {
  readonly isCharacterDevice: boolean;
}

/** /dev/kvm itself, no link followed; null when there is none. */
export function readDevice(root: Root): DeviceFacts | null {
  return withPath(root, KVM_NODE, constants.O_NOFOLLOW, (place) => {
    return place === null ? null : deviceFacts(root, place);
  });
}

/** The same of an open node. */
export function deviceFacts({ native }: Root, place: number): DeviceFacts {
  const stat = fstatSync(place);
  const { uid, gid } = stat;
  const list = native.readAttributes(place)[accessAttribute];
  return {
    isCharacterDevice: stat.isCharacterDevice(),
    uid,
    gid,
    mode: stat.mode & 0o7777,
    acl: list === undefined ? [] : parsePosixAcl(list),
  };
}

/** Whether the kernel could offer the node. */
export interface KvmSupport {
  /** `kvm_intel`, `kvm_amd`, or `kvm` where it is alone or built in; null when none is loaded. */
  readonly module: string | null;
  /** What the processor says it has; null for nothing, or for another kind of processor. */
  readonly cpu: 'vmx' | 'svm' | null;
  readonly isX86: boolean;
  /** The machine is itself a guest. */
  readonly isGuest: boolean;
}

export function readKvmSupport(): KvmSupport {
  const text = readLine('/proc/cpuinfo') ?? '';
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
  const has = (flag: string) => flags.includes(flag);
  const modules = ['kvm_intel', 'kvm_amd', 'kvm'];
  return {
    module: modules.find((name) => existsSync(`/sys/module/${name}`)) ?? builtIn(),
    cpu: has('vmx') ? 'vmx' : has('svm') ? 'svm' : null,
    isX86: ['x64', 'ia32'].includes(process.arch),
    isGuest: has('hypervisor'),
  };
}

// Without parameters of its own it has no directory among the modules.
function builtIn(): string | null {
  return existsSync('/sys/class/misc/kvm') ? 'kvm' : null;
}

export type UdevState = 'running' | 'absent' | 'unknown';

/** Whether a udevd answers; only root may ask. */
export async function readUdev(): Promise<UdevState> {
  if (findTool('udevadm') === null) return 'absent';
  if (process.geteuid?.() !== 0) return 'unknown';
  const { exitCode, stderr } = await runTool('udevadm', ['control', '--ping', '--timeout=5']);
  if (exitCode === 0) return 'running';
  // Before systemd 241 there is nothing to ask with.
  const isOld = /unrecognized option/.test(stderr);
  return isOld && existsSync('/run/udev/control') ? 'running' : 'absent';
}
