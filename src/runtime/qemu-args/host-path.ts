import type { KeyValue } from '../../formats/key-value.ts';

/** The kinds of host path that a QEMU command line can name, as cli.md lists them. */
export type ResourceKind =
  | 'disk'
  | 'backing'
  | 'data-file'
  | 'floppy'
  | 'kernel'
  | 'initrd'
  | 'dtb'
  | 'firmware'
  | 'nvram'
  | 'acpi-table'
  | 'smbios'
  | 'fw-cfg'
  | 'option-rom'
  | 'chardev'
  | 'socket'
  | 'log'
  | 'pidfile'
  | 'memory'
  | 'filesystem'
  | 'host-device'
  | 'tpm'
  | 'input'
  | 'rng'
  | 'config'
  | 'state'
  | 'secret'
  | 'device-node';

/** How QEMU reads a file as a disk image. */
export interface ImageUse {
  /** Null: nobody states it, and QEMU looks for itself. */
  readonly format: string | null;
  /** The arguments say what backs it, if anything: the image has no say. */
  readonly hasBacking: boolean;
  /** What the arguments say of the file that backs it without naming it. */
  readonly backingOptions?: readonly KeyValue[];
  /** Whether the arguments name the file that holds its data. */
  readonly hasDataFile: boolean;
  /** Where in the file the image begins. */
  readonly offset: number;
}

/** One path of the host that QEMU will open, and how. A host path appears once. */
export interface HostPath {
  /** Absolute; a relative argument is taken from the directory QEMU starts in. */
  readonly path: string;
  readonly kind: ResourceKind;
  /** The widest access of all arguments that name it. */
  readonly access: 'ro' | 'rw';
  /** Several machines may write it at once (`share-rw=on`). */
  readonly shared: boolean;
  /** QEMU makes it (a listening socket): its directory must let the identity write. */
  readonly created: boolean;
  /** QEMU goes on without it: a bare firmware name it also seeks in its data directories, an accelerator with a fallback. */
  readonly optional: boolean;
  /** The device that the argument means where it does not name this path: a PCI address, a mediated device. */
  readonly device?: string;
  /** The arguments that name it, as they were given: `-drive file=/x,format=raw`. */
  readonly from: readonly string[];
  /** QEMU makes a link there, to the pseudo-terminal that it opens. */
  readonly isLink?: true;
  /** Memory of the guest's that keeps what it holds. */
  readonly isStored?: true;
  /** What QEMU takes it for, where that can name further files. */
  readonly images?: readonly ImageUse[];
  /** The launcher opens it and hands it over. */
  readonly passed?: true;
  /** No argument names it, only a disk image does. */
  readonly fromImage?: true;
}
