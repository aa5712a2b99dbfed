import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { AppError } from '../../errors.ts';
import type { ClaimRecord, Made } from '../../formats/claim-record.ts';
import { findFreeTap } from '../claims/find-tap.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { withLock, writeRecord } from '../claims/ledger.ts';
import { readNetwork, removeMade } from '../claims/made.ts';
import type { KeptDescriptor, LaunchPlan } from '../launch-plan.ts';
import type { Native, Placement } from '../native.ts';
import type { Opening, Tap } from '../qemu-args/handover.ts';
import { makePlace } from './places.ts';
import { listenAt } from './server-socket.ts';

/** What QEMU gets, each with its number; the launcher closes its own once they are given. */
export interface OpenedDescriptors {
  readonly placements: readonly Placement[];
  readonly close: () => void;
  /** With what was made and must be removed again. */
  readonly record: ClaimRecord;
}

/**
 * Opens and makes what the plan hands over to QEMU, and puts on record what does not go by itself. A failure undoes it
 * all.
 */
export function openNoted(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  plan: LaunchPlan,
): OpenedDescriptors {
  const placed = makePlaces(native, context, record, plan);
  const opening: Opened = { native, context, plan, own: [], made: [], name: '' };
  const close = () => {
    for (const descriptor of opening.own) closeSync(descriptor);
  };
  try {
    const openAll = () => {
      const placements = plan.descriptors.map(
        (each): Placement => [open(opening, each), each.number],
      );
      return { placements, close, record: noteMade(context, placed, opening.made) };
    };
    // A tap that is there and not on record yet would be nobody's.
    const hasTaps = plan.descriptors.some(({ source }) => source === 'tap');
    return hasTaps ? withLock(native, context.ledger, openAll) : openAll();
  } catch (error) {
    close();
    for (const each of opening.made) removeMade(native, each, plan.identity.uid, true);
    throw error;
  }
}

/** Puts on record what was made for a VM. */
export function noteMade(
  { ledger }: GiveBackContext,
  record: ClaimRecord,
  made: readonly Made[],
): ClaimRecord {
  if (made.length === 0) return record;
  const noted = { ...record, made: [...(record.made ?? []), ...made] };
  writeRecord(ledger, noted);
  return noted;
}

/** Makes the directories that a plan promises to QEMU, each at once on record. */
export function makePlaces(
  native: Native,
  context: GiveBackContext,
  record: ClaimRecord,
  { places, identity }: LaunchPlan,
): ClaimRecord {
  return places.reduce(
    (noted, path) => noteMade(context, noted, [makePlace(native, path, identity)]),
    record,
  );
}

interface Opened {
  readonly native: Native;
  readonly context: GiveBackContext;
  readonly plan: LaunchPlan;
  /** Descriptors of the launcher's own. */
  readonly own: number[];
  readonly made: Made[];
  /** The interface whose further queues come next. */
  name: string;
}

function open(opened: Opened, kept: KeptDescriptor): number {
  if (kept.source === 'caller') return kept.number;
  const descriptor = openOne(opened, kept);
  opened.own.push(descriptor);
  return descriptor;
}

function openOne(opened: Opened, opening: Opening): number {
  const { native, plan, made } = opened;
  if (opening.source === 'vhost-net') return openVhost();
  if (opening.source === 'tap') return openQueue(opened, opening);
  if (opening.source === 'configuration') {
    return native.sealedMemory('qemu-configuration', Buffer.from(opening.text));
  }
  const socket = listenAt(native, opening.path, plan.identity.uid);
  made.push(socket.made);
  return socket.descriptor;
}

function openQueue(opened: Opened, tap: Tap & { readonly queue: number }): number {
  const { native, context, plan, name } = opened;
  if (tap.queue > 0) return attempt(name, () => native.openTap(name, flagsOf(tap))).descriptor;
  const first = openTap(context, plan, tap);
  opened.name = first.name;
  // It goes with its descriptors, unless whoever has one lets it stay: the kernel asks for no right to do that.
  if (first.made !== null) opened.made.push(first.made);
  return first.descriptor;
}

type Queue = ReturnType<Native['openTap']>;

export interface OpenedTap extends Queue {
  /** Null: it was there before. */
  readonly made: Made | null;
}

/** The first queue of a tap that is there and may be used, or of one that is made, brought up and made a port of its bridge. */
export function openTap(context: GiveBackContext, plan: LaunchPlan, tap: Tap): OpenedTap {
  const { native } = context;
  const found = findFreeTap(context, plan, tap);
  return attempt(tap.interface, () => {
    if (found !== null) return { ...native.openTap(tap.interface, flagsOf(tap)), made: null };
    const opened = native.openTap(tap.interface, flagsOf(tap) | exclusive);
    try {
      native.attachInterface(opened.name, tap.bridge ?? '');
      return { ...opened, made: describeInterface(native, opened.name) };
    } catch (error) {
      closeSync(opened.descriptor);
      throw error;
    }
  });
}

function describeInterface(native: Native, name: string): Made {
  const facts = native.readInterface(name);
  if (facts !== null)
    return { kind: 'interface', name, index: facts.index, network: readNetwork() };
  throw new AppError('VP_INTERFACE', `the interface ${name} was removed while it was made`, {
    hint: 'try again',
  });
}

/** IFF_TUN_EXCL: one of that name must not be there. */
const exclusive = 0x8000;

/** IFF_VNET_HDR, IFF_MULTI_QUEUE. */
function flagsOf({ header, queues }: Tap): number {
  return (header ? 0x4000 : 0) | (queues > 1 ? 0x100 : 0);
}

function attempt<T extends Queue>(name: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = code === 'EBUSY' ? 'another program uses it' : message;
    throw new AppError('VP_INTERFACE', `cannot make or join the interface ${name}: ${why}`, {
      cause,
      hint: hintFor(code),
    });
  }
}

function hintFor(code: string): string {
  if (code === 'ENOENT' || code === 'ENODEV') return 'load the kernel module: modprobe tun';
  if (code === 'EPERM') return 'this takes CAP_NET_ADMIN in the network namespace of qemu-launch';
  return 'ip -details link shows what is there';
}

/** Documentation/admin-guide/devices.txt: misc is 10, of it vhost-net 238. */
const vhostNode = 0x0aee;

function openVhost(): number {
  const path = '/dev/vhost-net';
  try {
    const descriptor = openSync(path, constants.O_RDWR);
    if (fstatSync(descriptor).rdev === vhostNode) return descriptor;
    closeSync(descriptor);
    throw new Error('it is another device');
  } catch (cause) {
    throw new AppError('VP_PATH_ACCESS', `cannot open ${path}: ${(cause as Error).message}`, {
      cause,
      path,
      hint: 'load the kernel module with modprobe vhost_net, or leave vhost=on out',
    });
  }
}
