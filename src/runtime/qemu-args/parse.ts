import type { Finding } from '../../errors.ts';
import { settleAccelerators } from './accelerator.ts';
import { type AllowedPath, indexAllowed } from './allowed.ts';
import { type Argument, attempt } from './argument.ts';
import type { BlockDefinition } from './block.ts';
import { readBlockGraph } from './block-graph.ts';
import { type DescriptorUse, findEmptySets, isSet } from './descriptors.ts';
import { lockedMemory } from './guest-memory.ts';
import { type Handed, type Handing, settleHandovers } from './handover.ts';
import type { HostLookup } from './host-lookup.ts';
import type { HostPath } from './host-path.ts';
import { mergePaths } from './merge.ts';
import type { Need } from './needs.ts';
import { markPersistent } from './persistent-memory.ts';
import { readerOf } from './readers.ts';
import { type Context, gather, type Reading, saysAnything } from './reading.ts';
import { settleArguments } from './settle.ts';
import { listPorts } from './tcp-ports.ts';
import { splitWords } from './words.ts';

export type { AllowedPath } from './allowed.ts';

export interface ParseOptions {
  /** Absolute and without links: the working directory that QEMU starts in. */
  readonly directory: string;
  /** What `--allow` names. */
  readonly allowed: readonly AllowedPath[];
  /** The emulator's file name, which may choose KVM by itself. */
  readonly emulator?: string;
  /** What the host says about devices; without it nothing is known of them. */
  readonly host?: HostLookup;
  /** The text of a file that `-readconfig` names, by its absolute path; throws AppError. Without it such a file needs `--allow`. */
  readonly readConfig?: (path: string) => string;
  /** How QEMU gets what it may not open by itself; by default not at all. */
  readonly handing?: Handing;
  /** Is this number an open descriptor of the launcher's? */
  readonly isOpen?: (number: number) => boolean;
  /** What the VM is called, by what `-name` says. */
  readonly nameOf?: (guestName: string | null) => string;
}

export interface QemuArguments {
  /** Each host path once. */
  readonly paths: readonly HostPath[];
  /** The open descriptors of the caller that arguments name. */
  readonly descriptors: readonly DescriptorUse[];
  /** What the launcher opens or makes for QEMU, and the arguments that name it then. */
  readonly handed: Handed;
  readonly guestName: string | null;
  /** The value of `-sandbox`. */
  readonly sandbox: string | null;
  /** KVM and nothing to fall back to: QEMU makes no machine code of its own. */
  readonly isKvmOnly: boolean;
  /** What QEMU must not be denied. */
  readonly needs: ReadonlySet<Need>;
  /** The TCP ports that are named. */
  readonly listPorts: () => readonly number[];
  /** Bytes that devices of the host lock in memory; null: there are none. */
  readonly lockedMemory: number | null;
  /** `-snapshot` or `snapshot=on`: QEMU makes files of its own in `$TMPDIR` or /var/tmp. */
  readonly hasTemporaryFiles: boolean;
  /** Errors for what is refused, warnings for what is unwise. */
  readonly findings: readonly Finding[];
}

/** Which paths of the host QEMU will open for these arguments (the words after the emulator), and how. Never throws for bad arguments. */
export function parseQemuArguments(
  argv: readonly string[],
  { directory, allowed, emulator, host, readConfig, handing, isOpen, nameOf }: ParseOptions,
): QemuArguments {
  const first: Context = {
    directory,
    allowed: indexAllowed(allowed),
    host: host ?? null,
    handing: handing ?? 'none',
    name: '',
  };
  const words = splitWords(argv);
  const settled = settleArguments(words.arguments, first, readConfig ?? null);
  const guestName = guestNameOf(settled.arguments, first);
  const context: Context = { ...first, name: nameOf?.(guestName) ?? '' };
  const readings = [...settled.readings, ...readArguments(settled.arguments, context)];
  const said = readings.filter(saysAnything);
  const hasSnapshot = lastOf(said, 'snapshot') === true;
  const definitions = gather(said, 'blocks');
  const blocks = readBlockGraph(definitions, gather(said, 'uses'), hasSnapshot, context);
  const all = [...said, blocks];
  const accelerators = gather(said, 'accelerators');
  const acceleration = settleAccelerators(accelerators, emulator ?? null, context);
  const descriptors = gather(all, 'descriptors');
  const paths = mergePaths([...gather(all, 'paths'), ...acceleration.paths]);
  return {
    paths: markPersistent(paths, settled.arguments).filter(({ path }) => !isSet(path)),
    descriptors,
    handed: settleHandovers(argv, gather(all, 'handovers'), descriptors, isOpen ?? (() => false)),
    guestName,
    sandbox: lastOf(said, 'sandbox'),
    isKvmOnly: acceleration.isKvmOnly,
    needs: new Set(gather(all, 'needs')),
    listPorts: () => listPorts(settled.arguments),
    lockedMemory: lockedMemory(paths, settled.arguments),
    hasTemporaryFiles:
      blocks.hasTemporaryFiles === true || isAnyTemporary(definitions, hasSnapshot),
    findings: [...words.findings, ...gather(all, 'findings'), ...findEmptySets(paths, descriptors)],
  };
}

function guestNameOf(given: readonly Argument[], context: Context): string | null {
  const names = given.filter(({ option }) => option === 'name');
  return lastOf(readArguments(names, context), 'guestName');
}

function readArguments(given: readonly Argument[], context: Context): Reading[] {
  const read = (argument: Argument) => readerOf(argument.option)(argument, context);
  return given.map((argument) => attempt(argument, read, refused));
}

function refused(finding: Finding): Reading {
  return { findings: [finding] };
}

function isAnyTemporary(definitions: readonly BlockDefinition[], isOnForAll: boolean): boolean {
  return definitions.some(({ source, snapshot }) => source === 'drive' && (snapshot ?? isOnForAll));
}

function lastOf<Key extends 'guestName' | 'sandbox' | 'snapshot'>(
  readings: readonly Reading[],
  key: Key,
): NonNullable<Reading[Key]> | null {
  return readings.findLast((reading) => reading[key] !== undefined)?.[key] ?? null;
}
