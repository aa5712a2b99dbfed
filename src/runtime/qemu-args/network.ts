import { AppError } from '../../errors.ts';
import type { KeyValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { readCharacterWord } from './chardev.ts';
import { readDescriptors } from './descriptors.ts';
import { helperKeys, readNetworkHelpers } from './network-helper.ts';
import { partsOf } from './parts.ts';
import { type Context, joinReadings, judgePath, type Reading } from './reading.ts';
import { readParts } from './resources.ts';
import { isTapOfLauncher, readTap, tapKeys } from './tap.ts';
import { judgeLeaves } from './unknown.ts';

/** `-netdev`, `-nic`, `-net`: the nodes, sockets and directories of a network, and the programs that it runs. */
export function readNetwork(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const forwards = parts.filter(isForward);
  if (forwards.length === 0) return readInterface(argument, parts, context);
  const others = parts.filter((part) => !isForward(part));
  return joinReadings([
    ...forwards.map((part) => readForward(argument, part, context)),
    readInterface(argument, others, context),
  ]);
}

function readInterface(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  return isTapOfLauncher(parts, context)
    ? readOwnTap(argument, parts, context)
    : readOthers(argument, parts, context);
}

function readOthers(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  return joinReadings([
    readNetworkHelpers(argument, parts, context),
    readParts(argument, parts, context, helperKeys),
  ]);
}

function readOwnTap(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const others = parts.filter(({ key }) => !tapKeys.includes(key));
  return joinReadings([
    readTap(argument, parts, context),
    readDescriptors(argument, parts),
    judgeLeaves(argument, others, context),
  ]);
}

// In JSON a list of objects: guestfwd.0.str.
function isForward({ key }: KeyValue): boolean {
  return key.startsWith('guestfwd') && /^guestfwd(?:\.\d+\.str)?$/.test(key);
}

/** `tcp:ADDRESS:PORT-DEVICE`: a connection of the guest that goes to a character device or a program. */
function readForward(argument: Argument, part: KeyValue, context: Context): Reading {
  const device = /^[^:]*:[^:]*:[^-]*-(.*)$/s.exec(part.value)?.[1];
  if (device === undefined) return judgePath(argument, part.key, part.value, context);
  if (!device.startsWith('cmd:')) return readCharacterWord(argument, device, context);
  throw new AppError(
    'VP_ARGUMENT_REFUSED',
    'guestfwd= runs a command, and no one can tell what that opens',
    {
      hint: 'forward to unix:PATH or tcp:HOST:PORT and start the program beside QEMU',
    },
  );
}
