import type { Finding } from '../../errors.ts';
import type { Allowed } from './allowed.ts';
import { type Argument, describeArgument, shorten } from './argument.ts';
import type { BlockDefinition, BlockUse } from './block.ts';
import type { DescriptorUse } from './descriptors.ts';
import { absolutePath } from './file-name.ts';
import type { Handing, Handover } from './handover.ts';
import type { HostLookup } from './host-lookup.ts';
import type { HostPath, ResourceKind } from './host-path.ts';
import type { Need } from './needs.ts';
import { pathOfAddress } from './path-keys.ts';

/** What every reader of an argument may look at. */
export interface Context {
  /** Absolute: where QEMU starts, and relative paths with it. */
  readonly directory: string;
  readonly allowed: Allowed;
  /** Null: nothing is known of the host. */
  readonly host: HostLookup | null;
  readonly handing: Handing;
  /** The VM's. */
  readonly name: string;
}

/** What one argument says; what it does not speak of is left out. */
export interface Reading {
  readonly paths?: readonly HostPath[];
  readonly findings?: readonly Finding[];
  readonly blocks?: readonly BlockDefinition[];
  readonly uses?: readonly BlockUse[];
  readonly descriptors?: readonly DescriptorUse[];
  readonly handovers?: readonly Handover[];
  readonly accelerators?: readonly Accelerators[];
  readonly guestName?: string;
  readonly sandbox?: string;
  /** `-snapshot`: every drive writes to a temporary file. */
  readonly snapshot?: true;
  /** QEMU makes files of its own in `$TMPDIR` or /var/tmp. */
  readonly hasTemporaryFiles?: true;
  readonly needs?: readonly Need[];
}

export interface Accelerators {
  /** `-machine accel=` is one list, of which the last counts; each `-accel` adds one. */
  readonly source: 'machine' | 'accel';
  readonly names: readonly string[];
  /** What KVM opens in place of /dev/kvm. */
  readonly device: string | null;
  readonly argument: Argument;
}

/** Reads one argument; throws AppError for what is malformed or refused. */
export type Reader = (argument: Argument, context: Context) => Reading;

/** What all of them say, in their order. */
export function joinReadings(readings: readonly Reading[]): Reading {
  const full = readings.filter(saysAnything);
  if (full.length < 2) return full[0] ?? nothing;
  return {
    paths: gather(full, 'paths'),
    findings: gather(full, 'findings'),
    blocks: gather(full, 'blocks'),
    uses: gather(full, 'uses'),
    descriptors: gather(full, 'descriptors'),
    handovers: gather(full, 'handovers'),
    needs: gather(full, 'needs'),
    ...(full.some((reading) => reading.hasTemporaryFiles) ? { hasTemporaryFiles: true } : {}),
  };
}

export const nothing: Reading = {};

/** Is there more in it than empty lists? */
export function saysAnything(reading: Reading): boolean {
  // Most arguments name nothing: a start has hundreds of those.
  if (reading === nothing) return false;
  for (const key in reading) {
    const said = reading[key as keyof Reading];
    if (!Array.isArray(said) || said.length > 0) return true;
  }
  return false;
}

type ListKey =
  | 'paths'
  | 'findings'
  | 'blocks'
  | 'uses'
  | 'descriptors'
  | 'handovers'
  | 'accelerators'
  | 'needs';
type ItemOf<Key extends ListKey> = NonNullable<Reading[Key]>[number];

/** What all of them say of one thing. */
export function gather<Key extends ListKey>(readings: readonly Reading[], key: Key): ItemOf<Key>[] {
  return readings.flatMap((reading) => (reading[key] ?? none) as readonly ItemOf<Key>[]);
}

const none: readonly never[] = [];

export interface PathDetails {
  readonly kind: ResourceKind;
  readonly access: 'ro' | 'rw';
  readonly shared?: boolean;
  readonly created?: boolean;
  readonly optional?: boolean;
  readonly device?: string;
  readonly isLink?: true;
}

/** One path as `argument` names it, /dev/fdset/N among them. Throws for what is no file name. */
export function hostPath(
  { directory }: Context,
  argument: Argument,
  name: string,
  details: PathDetails,
): HostPath {
  const path = absolutePath(directory, name);
  return {
    path,
    shared: false,
    created: false,
    optional: false,
    ...details,
    from: [argument.text],
  };
}

/**
 * Decides about a value that looks like a path and that nobody here understands: `--allow` covers it, or it is an error.
 * `created`: what QEMU makes there, null where it opens what is there.
 */
export function judgePath(
  argument: Argument,
  key: string,
  value: string,
  context: Context,
  created: ResourceKind | null = null,
): Reading {
  const name = pathOfAddress(value);
  const path = absolutePath(context.directory, name);
  const access = context.allowed.accessTo(path);
  if (access === null) return { findings: [unknownPath(argument, key, value, path)] };
  const isCreated = created !== null && access === 'rw';
  const details = { kind: created ?? 'config', access, created: isCreated };
  return { paths: [hostPath(context, argument, name, details)] };
}

function unknownPath(argument: Argument, key: string, value: string, path: string): Finding {
  const where = key === '' ? shorten(value) : `${key}=${shorten(value)}`;
  return {
    code: 'VP_ARGUMENT_UNKNOWN_PATH',
    severity: 'error',
    path,
    message: `${describeArgument(argument)}: ${where} looks like a path of the host and is not understood yet`,
    hint: path.split('/').includes('..')
      ? 'write it without `..`, since links on the way decide where that leads'
      : `if QEMU may use it, add --allow ${path} or --allow ${path}:rw before the --`,
  };
}
