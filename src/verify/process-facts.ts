import type { Limits } from '../formats/proc-limits.ts';
import type { ProcStatus } from '../formats/proc-status.ts';

/** How a process was known for a QEMU emulator. */
export type Mark =
  /** The name of the program file. */
  | 'name'
  /** What stands in the program file: it was renamed. */
  | 'content'
  /** A program file that the dynamic loader runs. */
  | 'mapping'
  /** The program file cannot be seen; the process bears an emulator's name. */
  | 'process-name';

/** One QEMU process, before anything about it was judged. */
export interface Emulator {
  readonly pid: number;
  /** Clock ticks after boot: with the pid it names one process for good. */
  readonly startTime: string;
  /** The program file as the process's own root has it; null where it cannot be seen. */
  readonly program: string | null;
  /** The file has no name any more. */
  readonly isDeleted: boolean;
  readonly mark: Mark;
}

export interface ThreadFacts {
  readonly thread: number;
  readonly status: ProcStatus;
}

/** A regular file or block device that a process has open. */
export interface OpenFile {
  readonly descriptor: number;
  readonly path: string;
  readonly isWritable: boolean;
  /** In bytes; null of a block device. */
  readonly size: number | null;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Something that could not be read, and why. */
export interface Unread {
  readonly what: 'program' | 'user-namespace' | 'label' | 'limits' | 'files';
  readonly why: string;
}

export interface Origin {
  readonly startedBy: 'libvirt' | 'qemu-launch' | 'other';
  /** What that was seen by. */
  readonly evidence: string;
  /** The guest's name; null where nothing says it. */
  readonly guest: string | null;
  /** The launcher's own word for its Landlock level; null where no record says it. */
  readonly landlock: string | null;
  /** The launcher has locked them before QEMU ran; null where no record says it. */
  readonly securebits: 'locked' | null;
}

/** Everything the audit reads of one process. */
export interface ProcessFacts extends Emulator, Origin {
  /** Of the process's first thread. */
  readonly status: ProcStatus;
  readonly threads: readonly ThreadFacts[];
  /** The process lives in another user namespace than the reader; null where that cannot be seen. */
  readonly isNamespaced: boolean | null;
  /** Of SELinux, AppArmor or another security module; null where there is none. */
  readonly label: string | null;
  readonly limits: Limits | null;
  /** Null where they cannot be listed. */
  readonly files: readonly OpenFile[] | null;
  readonly unread: readonly Unread[];
}
