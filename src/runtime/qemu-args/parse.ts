import type { Finding } from '../../errors.ts';
import { lastValue, parseKeyValues } from '../../formats/key-value.ts';
import {
  describeAccelerators,
  isKvmOnly,
  readAccel,
  readEnableKvm,
  readMachine,
} from './accelerator.ts';
import { type AllowedPath, indexAllowed } from './allowed.ts';
import { type Argument, attempt } from './argument.ts';
import { readBlockGraph } from './block-graph.ts';
import { readBlockdev } from './blockdev.ts';
import { readBios, readDataDirectory, readInitrd, readKernel } from './boot-files.ts';
import { readCharacterDevice, readChardev } from './chardev.ts';
import { expandConfigFiles } from './config-file.ts';
import { type DescriptorUse, findEmptySets, isSet, readAddFd } from './descriptors.ts';
import { readDevice } from './device.ts';
import { readDisplay, readVnc } from './display.ts';
import { readDrive, readImage } from './drive.ts';
import { lockedMemory, readMemory } from './guest-memory.ts';
import { type Handed, type Handing, settleHandovers } from './handover.ts';
import type { HostLookup } from './host-lookup.ts';
import type { HostPath } from './host-path.ts';
import { readIncoming } from './incoming.ts';
import { lazy } from './lazy.ts';
import { mergePaths } from './merge.ts';
import { type Need, readNeeds } from './needs.ts';
import { readNetwork } from './network.ts';
import { readObject } from './object.ts';
import { markPersistent } from './persistent-memory.ts';
import { readInstructionCount, readLog, readMadeFile, readMemoryPath } from './process-files.ts';
import type { Context, Reader, Reading } from './reading.ts';
import { readRefused, readRunWith } from './refused.ts';
import { readResources } from './resources.ts';
import { applySettings } from './set.ts';
import { joinSpice, readSpice } from './spice.ts';
import { listPorts } from './tcp-ports.ts';
import { readUnknown } from './unknown.ts';
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
  const expanded = expandConfigFiles(words.arguments, first, readConfig ?? null);
  const settled = applySettings(expanded.arguments);
  const guestName = guestNameOf(settled.arguments);
  const context: Context = { ...first, name: nameOf?.(guestName) ?? '' };
  const readings = [
    ...expanded.readings,
    { findings: settled.findings },
    ...joinSpice(settled.arguments).map((argument) => readArgument(argument, context)),
  ];
  const blocks = readBlocks(readings, context);
  const all = [...readings, blocks];
  const accelerators = readings.flatMap((reading) => reading.accelerators ?? []);
  const descriptors = all.flatMap((reading) => reading.descriptors ?? []);
  const handovers = all.flatMap((reading) => reading.handovers ?? []);
  const paths = mergePaths([
    ...all.flatMap((reading) => reading.paths ?? []),
    ...describeAccelerators(accelerators, emulator ?? null, context),
  ]);
  return {
    paths: markPersistent(paths, settled.arguments).filter(({ path }) => !isSet(path)),
    descriptors,
    handed: settleHandovers(argv, handovers, descriptors, isOpen ?? (() => false)),
    guestName,
    sandbox: lastOf(readings, 'sandbox'),
    isKvmOnly: isKvmOnly(accelerators),
    needs: new Set([...settled.arguments.flatMap(readNeeds), ...(blocks.needs ?? [])]),
    listPorts: () => listPorts(settled.arguments),
    lockedMemory: lockedMemory(paths, lastOf(readings, 'memory') ?? undefined),
    hasTemporaryFiles: blocks.hasTemporaryFiles === true || hasTemporaryFiles(readings),
    findings: [
      ...words.findings,
      ...all.flatMap((reading) => reading.findings ?? []),
      ...findEmptySets(paths, descriptors),
    ],
  };
}

const readers = lazy(
  () =>
    new Map<string, Reader>([
      ...each('drive', readDrive),
      ...each('hda hdb hdc hdd cdrom fda fdb sd mtdblock pflash', readImage),
      ...each('blockdev', readBlockdev),
      ...each('device', readDevice),
      ...each('netdev nic net', readNetwork),
      ...each('tpmdev fsdev virtfs audiodev audio', readResources),
      ...each('display', readDisplay),
      ...each('vnc', readVnc),
      ...each('spice', readSpice),
      ...each('chardev', readChardev),
      ...each('serial parallel monitor qmp qmp-pretty debugcon gdb qtest', readCharacterDevice),
      ...each('object', readObject),
      ...each('pidfile qtest-log dump-vmstate writeconfig', readMadeFile),
      ...each('D', readLog),
      ...each('mem-path', readMemoryPath),
      ...each('icount', readInstructionCount),
      ...each('kernel shim dtb', readKernel),
      ...each('initrd', readInitrd),
      ...each('bios', readBios),
      ...each('L', readDataDirectory),
      ...each('m', readMemory),
      ...each('acpitable smbios fw_cfg boot option-rom trace plugin', readResources),
      ...each('machine', readMachine),
      ...each('accel', readAccel),
      ...each('enable-kvm', readEnableKvm),
      ...each('snapshot', () => ({ snapshot: true })),
      ...each('name', readName),
      ...each('sandbox', ({ value }) => ({ sandbox: value })),
      ...each('runas chroot daemonize', readRefused),
      ...each('run-with', readRunWith),
      ...each('add-fd', readAddFd),
      ...each('incoming', readIncoming),
    ]),
);

function each(options: string, reader: Reader): [string, Reader][] {
  return options.split(' ').map((option) => [option, reader]);
}

function readArgument(argument: Argument, context: Context): Reading {
  const reader = argument.option === null ? readImage : readers().get(argument.option);
  return attempt(
    argument,
    () => (reader ?? readUnknown)(argument, context),
    (finding): Reading => ({ findings: [finding] }),
  );
}

function guestNameOf(given: readonly Argument[]): string | null {
  const names = given.filter(({ option }) => option === 'name');
  return lastOf(
    names.map((argument) =>
      attempt(
        argument,
        () => readName(argument),
        (): Reading => ({}),
      ),
    ),
    'guestName',
  );
}

function readName({ value }: Argument): Reading {
  const pairs = parseKeyValues(value, { impliedKey: 'guest', flags: true });
  const guestName = lastValue(pairs, 'guest');
  return guestName === null ? {} : { guestName };
}

function readBlocks(readings: readonly Reading[], context: Context): Reading {
  const blocks = readings.flatMap((reading) => reading.blocks ?? []);
  const uses = readings.flatMap((reading) => reading.uses ?? []);
  if (blocks.length === 0 && uses.length === 0) return {};
  return readBlockGraph(blocks, uses, hasSnapshot(readings), context);
}

function hasTemporaryFiles(readings: readonly Reading[]): boolean {
  const drives = readings.flatMap((reading) => reading.blocks ?? []);
  const isOnForAll = hasSnapshot(readings);
  return drives.some(({ source, snapshot }) => source === 'drive' && (snapshot ?? isOnForAll));
}

function hasSnapshot(readings: readonly Reading[]): boolean {
  return readings.some(({ snapshot }) => snapshot === true);
}

function lastOf<Key extends 'guestName' | 'sandbox' | 'memory'>(
  readings: readonly Reading[],
  key: Key,
): NonNullable<Reading[Key]> | null {
  return readings.findLast((reading) => reading[key] !== undefined)?.[key] ?? null;
}
