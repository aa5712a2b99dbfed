import { type KeyValue, lastValue, parseKeyValues, parseSwitch } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { BlockDefinition } from './block.ts';
import { malformed } from './block-node.ts';
import type { ResourceKind } from './host-path.ts';
import type { Json, JsonObject } from './json.ts';
import { lazy } from './lazy.ts';
import { treeOf } from './leaves.ts';
import type { Reading } from './reading.ts';

/** `-drive`: old option syntax; what is not the drive's own goes to the block node. */
export function readDrive(argument: Argument): Reading {
  const pairs = parseKeyValues(argument.value, { impliedKey: null, flags: true });
  const fileName = lastValue(pairs, 'file') || null;
  const snapshot = lastValue(pairs, 'snapshot');
  const definition: BlockDefinition = {
    argument,
    source: 'drive',
    // As QEMU has it: of an id the first one counts, of anything else the last.
    id: pairs.find(({ key }) => key === 'id')?.value ?? null,
    options: fileName === null && !namesNode(pairs) ? emptyNode(pairs) : nodeOptions(pairs),
    fileName,
    kind: kindOfInterface(lastValue(pairs, 'if')),
    snapshot: snapshot === null ? null : parseSwitch('snapshot', snapshot),
  };
  return { blocks: [definition] };
}

const kinds: Readonly<Record<string, ResourceKind>> = {
  fda: 'floppy',
  fdb: 'floppy',
  pflash: 'nvram',
};

/** `-hda` to `-hdd`, `-cdrom`, `-fda`, `-fdb`, `-sd`, `-mtdblock`, `-pflash` and a bare image name: the whole argument is the name, commas as they stand. */
export function readImage(argument: Argument): Reading {
  if (argument.value === '') throw malformed('the file name is empty');
  const isCdrom = argument.option === 'cdrom';
  const definition: BlockDefinition = {
    argument,
    source: 'drive',
    id: null,
    options: new Map(accessOptions(isCdrom)),
    fileName: argument.value,
    kind: kinds[argument.option ?? ''] ?? 'disk',
    snapshot: null,
  };
  return { blocks: [definition] };
}

function namesNode(pairs: readonly KeyValue[]): boolean {
  return pairs.some(({ key }) => key === 'driver' || key === 'filename' || key.startsWith('file.'));
}

/** A CD or floppy drive may be empty, and one that a device takes later: a node that opens nothing. */
function emptyNode(pairs: readonly KeyValue[]): JsonObject {
  const kind = lastValue(pairs, 'if');
  const isFree = kind === 'none' && lastValue(pairs, 'format') === null;
  if (!isFree && lastValue(pairs, 'media') !== 'cdrom' && kind !== 'floppy')
    throw malformed('there is no file= that says what to open');
  // It holds for what is put in later.
  const aio = lastValue(pairs, 'aio');
  return new Map([['driver', 'null-co'], ...(aio === null ? [] : [['aio', aio] as const])]);
}

// Keys of the drive itself or of the device that it makes.
const driveKeys = lazy(
  () =>
    new Set(
      `if bus unit index media snapshot file format readonly read-only id serial addr werror rerror
  copy-on-read cyls heads secs trans boot`.split(/\s+/),
    ),
);

function nodeOptions(pairs: readonly KeyValue[]): JsonObject {
  const format = lastValue(pairs, 'format');
  const readOnly = lastValue(pairs, 'readonly') ?? lastValue(pairs, 'read-only');
  const isCdrom = lastValue(pairs, 'media') === 'cdrom';
  const tree = treeOf(pairs.filter(({ key }) => !driveKeys().has(key)));
  return new Map([
    ...accessOptions(isCdrom || (readOnly !== null && parseSwitch('readonly', readOnly))),
    ...tree,
    ...(format === null ? [] : [['driver', format] as const]),
  ]);
}

/** What every drive says of its node (blockdev_init in blockdev.c), so that a json: name cannot. */
function accessOptions(isReadOnly: boolean): [string, Json][] {
  return [
    ['read-only', isReadOnly],
    ['auto-read-only', true],
  ];
}

function kindOfInterface(name: string | null): ResourceKind {
  if (name === 'floppy') return 'floppy';
  // Flash that is written holds the firmware's variables.
  return name === 'pflash' ? 'nvram' : 'disk';
}
