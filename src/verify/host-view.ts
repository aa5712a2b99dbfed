import type { Finding } from '../errors.ts';
import type { GroupEntry } from '../formats/group.ts';
import type { PasswdEntry } from '../formats/passwd.ts';
import type { DeviceAccess } from '../policy/device-access.ts';
import type { Policy } from '../policy/policy.ts';
import type { Surroundings } from './doctor/surroundings.ts';

/** A host as others have read it and compared it with the policy: checks take it as values. */
export interface HostView {
  readonly policy: Policy;
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
  readonly accounts: AccountsView;
  readonly device: DeviceView;
  readonly conf: ConfView;
  /** Null for an image, which does not run. */
  readonly live: LiveView | null;
}

/** How the accounts differ from the policy. */
export interface AccountsView {
  /** What is to be made, as `group kvm` or `membership qemu/kvm`. */
  readonly missing: readonly string[];
  readonly findings: readonly Finding[];
}

/** What decides over /dev/kvm beside the node itself. */
export interface DeviceView {
  /** The values that count when the device appears, and where each is from. */
  readonly winners: readonly string[];
  /** Where those contradict the policy. */
  readonly strays: readonly Finding[];
}

export interface ConfView {
  /** As people see it. */
  readonly path: string;
  /** `hidden`: the caller may not read it; `obstacle`: no regular file. */
  readonly state: 'file' | 'absent' | 'hidden' | 'obstacle';
  /** Empty unless it is a file. */
  readonly text: string;
  /** What libvirt takes where the file says nothing, and whose default that is. */
  readonly defaults: { readonly user: string; readonly group: string; readonly of: string };
}

export interface LiveView {
  readonly surroundings: Surroundings;
  /** Null: there is none. */
  readonly node: (DeviceAccess & { readonly isCharacterDevice: boolean }) | null;
  /** The kernel's module; null when none is loaded. */
  readonly module: string | null;
  /** libvirt's daemons; null where they cannot be seen. */
  readonly daemons: readonly DaemonView[] | null;
}

export interface DaemonView {
  readonly name: string;
  readonly pid: number;
  /** The systemd service that it is; null when it is none. */
  readonly unit: string | null;
  /** It started before qemu.conf was written. */
  readonly isStale: boolean;
}
