import {
  constants,
  type Dir,
  type Dirent,
  opendirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { withDescriptor } from '../files.ts';
import type { Native } from '../native.ts';
import { openOwnDirectory } from '../own-directory.ts';
import { asideSuffix, hiddenRoot } from './run-directory.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Deeper than QEMU ever goes; somebody who digs without end must not keep root busy. */
const deepest = 32;

/** Removes what VMs that are gone have left in their run directories; what resists stays for the next one. */
export function sweepRunDirectory(native: Native, run: string): void {
  attempt(() => {
    const top = openOwnDirectory(native, run);
    if (top === null) return;
    withDescriptor(top, () => {
      for (const base of [`/proc/self/fd/${top}`, `/proc/self/fd/${top}/${hiddenRoot}`])
        attempt(() => sweep(native, base));
    });
  });
}

function sweep(native: Native, base: string): void {
  // Followed: what stands in /proc/self/fd is a link.
  const top = openSync(base, constants.O_RDONLY | constants.O_DIRECTORY);
  const { mountId } = withDescriptor(top, () => native.inspect(top));
  // What somebody has mounted below is not QEMU's, whatever lies there.
  const isOwn = (directory: number) => native.inspect(directory).mountId === mountId;
  for (const name of readdirSync(base)) {
    if (name.startsWith('.') && name.endsWith(asideSuffix)) {
      removeTree(Buffer.from(`${base}/${name}`), deepest, isOwn);
    }
  }
}

type IsOwn = (directory: number) => boolean;

// By descriptor: its owner is unprivileged and could swap a directory for a link at any moment.
function removeTree(path: Buffer, depth: number, isOwn: IsOwn): void {
  attempt(() => {
    if (depth > 0) withDescriptor(openSync(path, flags), (own) => empty(own, depth, isOwn));
    rmdirSync(path);
  });
}

function empty(own: number, depth: number, isOwn: IsOwn): void {
  if (!isOwn(own)) return;
  const base = `/proc/self/fd/${own}`;
  // Some names at a time: QEMU may have made a million. A name may be no text; this way each byte is a character.
  const list = opendirSync(base, { encoding: 'latin1', bufferSize: 512 });
  try {
    for (const entry of entriesOf(list)) removeEntry(base, entry, depth, isOwn);
  } finally {
    list.closeSync();
  }
}

function* entriesOf(list: Dir): Iterable<Dirent> {
  for (let entry = list.readSync(); entry !== null; entry = list.readSync()) yield entry;
}

function removeEntry(base: string, entry: Dirent, depth: number, isOwn: IsOwn): void {
  const path = Buffer.from(`${base}/${entry.name}`, 'latin1');
  if (entry.isDirectory()) removeTree(path, depth - 1, isOwn);
  else attempt(() => unlinkSync(path));
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Somebody else sweeps too, or resists: what stays takes nothing from anybody.
  }
}
