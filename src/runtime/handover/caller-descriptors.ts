import { fstatSync, type Stats } from 'node:fs';
import type { Finding } from '../../errors.ts';
import type { CallerDescriptor } from '../launch-plan.ts';
import { type DescriptorKind, type DescriptorUse, describeUse } from '../qemu-args/descriptors.ts';
import type { OpenDescriptors } from '../verification/open-descriptors.ts';
import { readDescriptors } from '../verification/open-descriptors.ts';

export interface CallerDescriptors {
  readonly descriptors: readonly CallerDescriptor[];
  readonly findings: readonly Finding[];
}

/** The descriptors that QEMU's arguments name, each once, and what is wrong with them: not open, or no such thing. */
export function inspectDescriptors(uses: readonly DescriptorUse[]): CallerDescriptors {
  if (uses.length === 0) return { descriptors: [], findings: [] };
  const open = readDescriptors('self');
  const numbers = [...new Set(uses.map(({ number }) => number))].sort((a, b) => a - b);
  return {
    descriptors: numbers.map((number) => describe(uses, number)),
    findings: uses.flatMap((use) => judge(use, open)),
  };
}

function describe(uses: readonly DescriptorUse[], number: number): CallerDescriptor {
  const named = uses.filter((use) => use.number === number);
  return { number, source: 'caller', from: [...new Set(named.map((use) => use.argument.text))] };
}

function judge(use: DescriptorUse, open: OpenDescriptors): readonly Finding[] {
  const what = open.get(use.number);
  if (what === undefined || isOwn(what, open)) return [notOpen(use)];
  const wanted = wantedOf(use.kind, fstatSync(use.number));
  return wanted === null ? [] : [notSuch(use, what, wanted)];
}

// What Node itself has open: the caller has not given that.
function isOwn(what: string, open: OpenDescriptors): boolean {
  if (/^anon_inode:\[(?:event|io_uring)|^\/dev\/null$/.test(what)) return true;
  const twice = [...open.values()].filter((each) => each === what).length > 1;
  return what.startsWith('pipe:') && twice;
}

/** What the kind needs and these facts are not; null: all is well. */
function wantedOf(kind: DescriptorKind, facts: Stats): string | null {
  if (kind === 'socket') return facts.isSocket() ? null : 'a socket';
  const device = devices.get(kind);
  if (device !== undefined) return isNode(facts, device.number) ? null : device.path;
  return kind === 'any' || facts.isCharacterDevice() ? null : 'a character device';
}

/** Documentation/admin-guide/devices.txt: misc is 10, of it tun is 200 and vhost-net 238. */
const devices: ReadonlyMap<DescriptorKind, { readonly path: string; readonly number: number }> =
  new Map([
    ['tap', { path: '/dev/net/tun', number: 0x0ac8 }],
    ['vhost-net', { path: '/dev/vhost-net', number: 0x0aee }],
  ]);

function isNode(facts: Stats, number: number): boolean {
  // A macvtap's own node, /dev/tapN, has a number that the kernel gives out.
  const isTap = number === 0x0ac8 && facts.rdev >> 8 !== 10;
  return facts.isCharacterDevice() && (facts.rdev === number || isTap);
}

function notOpen(use: DescriptorUse): Finding {
  const hint =
    'open it in the shell that starts qemu-launch, as in 3<>FILE; sudo closes those above 2, so do it inside of sudo';
  return invalid(`${describeUse(use)} is not open`, hint);
}

function notSuch(use: DescriptorUse, what: string, wanted: string): Finding {
  return invalid(
    `${describeUse(use)} is ${what}, not ${wanted}`,
    'give the number of the right one',
  );
}

function invalid(message: string, hint: string): Finding {
  return { code: 'VP_DESCRIPTOR_INVALID', severity: 'error', message, hint };
}
