import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import type { HostPath } from './host-path.ts';
import { partsOf } from './parts.ts';

/** Devices whose memory keeps what it holds: to the guest its file is a disk. */
const devices = /^(?:nvdimm|virtio-pmem|cxl-type3)/;
const memoryKeys = ['memdev', 'persistent-memdev'];

/** Says of the files that hold a guest's persistent memory that they store something. */
export function markPersistent(
  paths: readonly HostPath[],
  given: readonly Argument[],
): readonly HostPath[] {
  return paths.some(isMemory) ? markStored(paths, given) : paths;
}

function isMemory({ kind }: HostPath): boolean {
  return kind === 'memory';
}

function markStored(paths: readonly HostPath[], given: readonly Argument[]): readonly HostPath[] {
  const ids = given.filter(({ option }) => option === 'device').flatMap(memoriesOf);
  const backends = given
    .filter((each) => each.option === 'object' && ids.includes(lastValue(readParts(each), 'id')))
    .map(({ text }) => text);
  return paths.map((path) => {
    const isStored = isMemory(path) && path.from.some((text) => backends.includes(text));
    return isStored ? { ...path, isStored } : path;
  });
}

function memoriesOf(argument: Argument): readonly (string | null)[] {
  const parts = readParts(argument);
  if (!devices.test(lastValue(parts, 'driver') ?? '')) return [];
  return memoryKeys.map((key) => lastValue(parts, key)).filter((id) => id !== null);
}

// What is malformed has been told already.
function readParts(argument: Argument): readonly KeyValue[] {
  return attempt(
    argument,
    () => partsOf(argument),
    () => [],
  );
}
