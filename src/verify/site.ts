import type { Native } from '../runtime/native.ts';
import type { UsualId } from './check.ts';
import type { HostView } from './host-view.ts';
import type { AccountNames, Audit } from './judgement.ts';
import type { Person } from './run-as.ts';

/** Everything that checks work with. */
export interface Site {
  readonly host: HostView;
  readonly native: Native;
  readonly names: AccountNames;
  /** The uid or gid of a name on this host; null when nobody has it. */
  readonly ids: { user(name: string): number | null; group(name: string): number | null };
  /** The audit of this host's QEMU processes. */
  readonly readAudit: () => Audit;
  /** The absolute path of a program of the system; null when it is not there. */
  readonly findTool: (name: string) => string | null;
  readonly programs: {
    readonly verifyExec: string;
    /** The words that call `qemu-launch`. */
    readonly launcher: readonly string[];
  };
  readonly wish: Wish;
  /** Aborted when somebody interrupts the program. */
  readonly signal: AbortSignal;
}

/** What was asked for beyond what is always done. */
export interface Wish {
  /** Of what is always checked. */
  readonly only: readonly UsualId[];
  /** Who tries /dev/kvm, in place of whom the policy lets in. */
  readonly as: Person | null;
  readonly launch: boolean;
  readonly libvirt: boolean;
  /** Whose KVM guest is started. */
  readonly session: Person | null;
}

/** A daemon of libvirt is installed; of an image that is not asked. */
export function hasLibvirt({ host, findTool }: Pick<Site, 'host' | 'findTool'>): boolean {
  if (host.live === null) return true;
  return findTool('virtqemud') !== null || findTool('libvirtd') !== null;
}

/** The user that this process runs as is root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
