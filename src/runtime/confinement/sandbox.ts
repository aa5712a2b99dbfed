/** All of QEMU's own filter, as libvirt asks for it. */
const strict = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
/** What lets helpers start, which may not change who they are. */
const withHelpers = 'on,obsolete=deny,elevateprivileges=children,spawn=allow,resourcecontrol=deny';

export interface SandboxWish {
  /** What the command line has; null: nothing. */
  readonly given: string | null;
  /** qemu.conf's seccomp_sandbox is 0. */
  readonly isOff: boolean;
  /** The emulator is linked with libseccomp: another one would refuse the option. */
  readonly isKnown: boolean;
  readonly startsPrograms: boolean;
  readonly setsAffinity: boolean;
}

/** The value of the `-sandbox` that is added to the command line; null: none. */
export function planSandbox(wish: SandboxWish): string | null {
  if (wish.given !== null || wish.isOff || !wish.isKnown) return null;
  const value = wish.startsPrograms ? withHelpers : strict;
  return wish.setsAffinity ? value.replace('resourcecontrol=deny', 'resourcecontrol=allow') : value;
}
