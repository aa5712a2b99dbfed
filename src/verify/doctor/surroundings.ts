/** What kind of place this is: it decides which advice helps. */
export interface Surroundings {
  /** The container manager, or `unknown`; null outside of containers. */
  readonly container: string | null;
  /** Null: it cannot be told. */
  readonly isChroot: boolean | null;
  readonly isWsl: boolean;
  readonly hasSystemd: boolean;
  /** The service whose job this is part of; null when it is none. */
  readonly runner: string | null;
  /** The kernel has KVM. */
  readonly hasModule: boolean;
  /** What keeps the module from being loaded; null when nothing does. */
  readonly ban: Ban | null;
  /** Why a machine like this may have no node, and what helps. */
  readonly missing: Advice;
}

export interface Advice {
  readonly reason: string;
  readonly hint: string;
}

export interface Ban {
  readonly module: string;
  /** As `FILE:LINE`, or the kernel's command line. */
  readonly place: string;
}
