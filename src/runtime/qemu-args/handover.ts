import type { Finding } from '../../errors.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import type { DescriptorUse } from './descriptors.ts';
import type { Reading } from './reading.ts';

/** How QEMU gets what it may not open: as descriptors, as an interface that stays for its user, or not at all. */
export type Handing = 'descriptors' | 'persistent' | 'none';

/** A tap as it is made. */
export interface Tap {
  /** With `%d` in it the kernel chooses the number. */
  readonly interface: string;
  /** The bridge that it becomes a port of; null: of none. */
  readonly bridge: string | null;
  readonly queues: number;
  /** Packets bear a virtio-net header (IFF_VNET_HDR). */
  readonly header: boolean;
}

/** One thing that the launcher opens in QEMU's place. */
export type Opening =
  | (Tap & { readonly source: 'tap'; readonly queue: number })
  | { readonly source: 'vhost-net' }
  | { readonly source: 'socket'; readonly path: string }
  | { readonly source: 'configuration'; readonly text: string };

/** An argument that gets descriptors in place of what it names. */
export interface Handover {
  readonly argument: Argument;
  readonly openings: readonly Opening[];
  /** The words that take its place, once the descriptors have numbers. */
  readonly rewrite: (numbers: readonly number[]) => readonly string[];
  /** What must stay for QEMU to open it by itself. */
  readonly taps: readonly Tap[];
  /** Directories that are made for QEMU in those of root. */
  readonly places?: readonly string[];
}

/** A descriptor that the launcher opens, under the number that the rewritten argument names. */
export type HandedDescriptor = Opening & {
  readonly number: number;
  readonly from: readonly string[];
};

export interface Handed {
  readonly argv: readonly string[];
  readonly descriptors: readonly HandedDescriptor[];
  readonly taps: readonly Tap[];
  readonly places: readonly string[];
}

/** Below are those of the caller and of the launcher itself. */
const firstNumber = 100;

/** Gives every descriptor a number that nobody has, and puts the rewritten arguments in their places. */
export function settleHandovers(
  argv: readonly string[],
  handovers: readonly Handover[],
  uses: readonly DescriptorUse[],
  isOpen: (number: number) => boolean,
): Handed {
  if (handovers.length === 0) return { argv, descriptors: [], taps: [], places: [] };
  return numberDescriptors(argv, handovers, uses, isOpen);
}

function numberDescriptors(
  argv: readonly string[],
  handovers: readonly Handover[],
  uses: readonly DescriptorUse[],
  isOpen: (number: number) => boolean,
): Handed {
  const taken = new Set(uses.map(({ number }) => number));
  const words: (readonly string[])[] = argv.map((word) => [word]);
  const descriptors: HandedDescriptor[] = [];
  let next = firstNumber;
  const take = () => {
    while (taken.has(next) || isOpen(next)) next += 1;
    return next++;
  };
  for (const { argument, openings, rewrite } of handovers) {
    const numbered = openings.map((each) => ({ number: take(), ...each, from: [argument.text] }));
    const place = argument.place ?? 0;
    words.splice(place, 2, rewrite(numbered.map(({ number }) => number)), []);
    descriptors.push(...numbered);
  }
  return {
    argv: words.flat(),
    descriptors,
    taps: handovers.flatMap(({ taps }) => taps),
    places: [...new Set(handovers.flatMap(({ places = [] }) => places))],
  };
}

/** The reading of such an argument; one that cannot be rewritten is refused. */
export function handOver(handover: Handover, reading: Reading): Reading {
  const finding = findFixed(handover.argument);
  return finding === null
    ? { ...reading, handovers: [handover] }
    : { ...reading, findings: [...(reading.findings ?? []), finding] };
}

// What stands in a file, or is changed by -set, cannot be replaced.
function findFixed(argument: Argument): Finding | null {
  if (argument.place !== undefined && argument.text.endsWith(` ${argument.value}`)) return null;
  return refuse(
    'VP_ARGUMENT_REFUSED',
    `${describeArgument(argument)}: the launcher must rewrite this argument, and it stands in a file or is changed by -set`,
    'write it on the command line as a whole',
  );
}
