import { type KeyValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { describeArgument } from './argument.ts';
import { driverOf, isSet, partsOf } from './parts.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';
import { readParts } from './resources.ts';

/** `-vnc`: each address that is a socket; with reverse=on QEMU connects to it. */
export function readVnc(argument: Argument, context: Context): Reading {
  return readVncParts(argument, partsOf(argument), context);
}

/** `-display`: `vnc=` takes what `-vnc` takes. */
export function readDisplay(argument: Argument, context: Context): Reading {
  if (argument.value.startsWith('vnc=')) return readVncDisplay(argument, context);
  const parts = partsOf(argument);
  return joinReadings([
    driverOf(argument, parts) === 'spice-app' ? startsViewer(argument) : {},
    readParts(argument, parts, context),
  ]);
}

function readVncDisplay(argument: Argument, context: Context): Reading {
  const parts = parseKeyValues(argument.value, { impliedKey: null, flags: true });
  return readVncParts({ ...argument, option: 'vnc' }, parts, context);
}

function readVncParts(argument: Argument, parts: readonly KeyValue[], context: Context): Reading {
  const created = !isSet(parts, 'reverse');
  const paths = parts
    .filter(isSocket)
    .map(({ value }) => value.slice('unix:'.length))
    .map((path) => hostPath(context, argument, path, { kind: 'socket', access: 'rw', created }));
  const others = parts.filter((part) => !isSocket(part));
  return joinReadings([{ paths }, readParts(argument, others, context)]);
}

function isSocket({ key, value }: KeyValue): boolean {
  return key === 'vnc' && value.startsWith('unix:');
}

function startsViewer(argument: Argument): Reading {
  const message = `${describeArgument(argument)} makes a socket below the user's runtime directory and starts a viewer of the desktop`;
  const hint = 'use -spice unix=on,addr=PATH and start the viewer by hand';
  return { findings: [{ code: 'VP_WARN_HELPER', severity: 'warning', message, hint }] };
}
