import type { Argument } from './argument.ts';
import type { ResourceKind } from './host-path.ts';
import type { JsonObject } from './json.ts';

/** One `-drive` (or a shorthand of it), one `-blockdev`, or what an image names as its backing file. */
export interface BlockDefinition {
  readonly argument: Argument;
  readonly source: BlockSource;
  /** A drive's id. */
  readonly id: string | null;
  /** The node's own options as a tree: `driver`, `read-only`, `file` … */
  readonly options: JsonObject;
  /** The drive's `file=`, in which a protocol prefix counts. */
  readonly fileName: string | null;
  /** What its topmost file is. */
  readonly kind: ResourceKind;
  /** A drive's `snapshot=`; null: `-snapshot` decides. */
  readonly snapshot: boolean | null;
}

/** In the order in which QEMU takes them. */
export const blockSources = ['blockdev', 'drive', 'image'] as const;
export type BlockSource = (typeof blockSources)[number];

/** A device or a machine property that uses a drive or a block node by name. */
export interface BlockUse {
  readonly argument: Argument;
  readonly name: string;
  /** `share-rw=on`: other machines may write it too. */
  readonly shared: boolean;
  /** A CD drive never writes. */
  readonly readOnly: boolean;
  /** The machine's flash: firmware, and its variables where writable. */
  readonly kind: 'flash' | 'floppy' | 'disk';
}
