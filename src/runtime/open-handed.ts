import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { AppError } from '../errors.ts';
import type { Identity } from './identity.ts';
import { findTap } from './interfaces.ts';
import type { KeptDescriptor, LaunchPlan } from './launch-plan.ts';
import type { Native, Placement } from './native.ts';
import type { Opening, Tap } from './qemu-args/handover.ts';

/** What QEMU gets, each with its number; the launcher closes its own once they are given. */
export interface OpenedDescriptors {
  readonly placements: readonly Placement[];
  readonly close: () => void;
}

/** Opens and makes what the plan hands over to QEMU. A failure closes all, and what was made goes with that. */
export function openHanded(native: Native, plan: LaunchPlan): OpenedDescriptors {
  const own: number[] = [];
  const close = () => {
    for (const descriptor of own) closeSync(descriptor);
  };
  try {
    const open = makeOpener(native, plan.identity, own);
    return { placements: plan.descriptors.map((each) => [open(each), each.number]), close };
  } catch (error) {
    close();
    throw error;
  }
}

type Opener = (kept: KeptDescriptor) => number;

function makeOpener(native: Native, identity: Identity, own: number[]): Opener {
  // The further queues of an interface belong to the one that was opened before them.
  let name = '';
  return (kept) => {
    if (kept.source === 'caller') return kept.number;
    if (kept.source === 'tap' && kept.queue === 0) name = kept.interface;
    const opened = openOne(native, identity, kept, name);
    own.push(opened.descriptor);
    name = opened.name;
    return opened.descriptor;
  };
}

type Opened = ReturnType<Native['openTap']>;

function openOne(native: Native, identity: Identity, opening: Opening, name: string): Opened {
  if (opening.source === 'vhost-net') return { descriptor: openVhost(), name };
  if (opening.queue > 0) return attempt(name, () => native.openTap(name, flagsOf(opening)));
  return openTap(native, identity, opening);
}

/** The first queue of a tap that is there and may be used, or of one that is made, brought up and made a port of its bridge. */
export function openTap(native: Native, identity: Identity, tap: Tap): Opened {
  const found = findTap(native, tap, identity);
  return attempt(tap.interface, () => {
    if (found !== null) return native.openTap(tap.interface, flagsOf(tap));
    const opened = native.openTap(tap.interface, flagsOf(tap) | exclusive);
    try {
      native.attachInterface(opened.name, tap.bridge ?? '');
      return opened;
    } catch (error) {
      closeSync(opened.descriptor);
      throw error;
    }
  });
}

/** IFF_TUN_EXCL: one of that name must not be there. */
const exclusive = 0x8000;

/** IFF_VNET_HDR, IFF_MULTI_QUEUE. */
function flagsOf({ header, queues }: Tap): number {
  return (header ? 0x4000 : 0) | (queues > 1 ? 0x100 : 0);
}

function attempt(name: string, open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
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
