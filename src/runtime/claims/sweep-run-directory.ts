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
        attempt(() => sweep(base));
    });
  });
}

function sweep(base: string): void {
  for (const name of readdirSync(base)) {
    if (name.startsWith('.') && name.endsWith(asideSuffix)) {
      removeTree(Buffer.from(`${base}/${name}`), deepest);
    }
  }
}

// By descriptor: its owner is unprivileged and could swap a directory for a link at any moment.
function removeTree(path: Buffer, depth: number): void {
  attempt(() => {
    if (depth > 0) withDescriptor(openSync(path, flags), (own) => empty(own, depth));
    rmdirSync(path);
  });
}

function empty(own: number, depth: number): void {
  const base = `/proc/self/fd/${own}`;
  // Some names at a time: QEMU may have made a million. A name may be no text; this way each byte is a character.
  const list = opendirSync(base, { encoding: 'latin1', bufferSize: 512 });
  try {
    for (const entry of entriesOf(list)) removeEntry(base, entry, depth);
  } finally {
    list.closeSync();
  }
}

function* entriesOf(list: Dir): Iterable<Dirent> {
  for (let entry = list.readSync(); entry !== null; entry = list.readSync()) yield entry;
}

function removeEntry(base: string, entry: Dirent, depth: number): void {
  const path = Buffer.from(`${base}/${entry.name}`, 'latin1');
  if (entry.isDirectory()) removeTree(path, depth - 1);
  else attempt(() => unlinkSync(path));
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Somebody else sweeps too, or resists: what stays takes nothing from anybody.
  }
}
