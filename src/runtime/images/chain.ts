import type { Finding } from '../../errors.ts';
import { type AllowedPath, indexAllowed } from '../qemu-args/allowed.ts';
import { attempt } from '../qemu-args/argument.ts';
import type { HostPath, ImageUse } from '../qemu-args/host-path.ts';
import { mergePaths } from '../qemu-args/merge.ts';
import type { Context } from '../qemu-args/reading.ts';
import { readBacking, refusedReference } from './backing.ts';
import type { BackingName, ImageBytes, ImageReferences } from './bytes.ts';
import { planDataFile } from './data-file.ts';
import { withImage } from './open.ts';
import { probeFormat } from './probe.ts';
import { isReferring, readReferences } from './references.ts';

export interface ImageRules {
  /** Where QEMU starts. */
  readonly directory: string;
  readonly allowed: readonly AllowedPath[];
  /** What --claim, --leave and --read-only name. */
  readonly named: readonly string[];
}

export interface InspectedImages {
  /** The given paths and those that images name, each once. */
  readonly paths: readonly HostPath[];
  readonly findings: readonly Finding[];
}

/**
 * Reads the headers of the disk images among `paths` and follows what they name. What only an image names is opened
 * read-only and never given away; a data file must be named by somebody else as well. Bad images become findings.
 */
export function inspectImages(paths: readonly HostPath[], rules: ImageRules): InspectedImages {
  const images = paths.filter((path) => path.images?.some(isWorthReading));
  if (images.length === 0) return { paths, findings: [] };
  const walk = startWalk(paths, rules);
  for (const image of images) follow(walk, image, []);
  return { paths: mergePaths([...paths, ...walk.found]), findings: walk.findings };
}

interface Walk {
  readonly context: Context;
  readonly accessTo: (path: string) => 'ro' | 'rw' | null;
  readonly found: HostPath[];
  readonly findings: Finding[];
  count: number;
}

// libvirt's own limit for one chain.
const maximumDepth = 200;
// Names with several files each could make a tree of any size.
const maximumImages = 2000;

function startWalk(paths: readonly HostPath[], { directory, allowed, named }: ImageRules): Walk {
  const index = indexAllowed(allowed);
  const given = new Map(paths.map(({ path, access }) => [path, access]));
  const accessTo = (path: string) => {
    if (named.includes(path) || given.get(path) === 'rw') return 'rw';
    return index.accessTo(path) ?? given.get(path) ?? null;
  };
  return {
    context: { directory, allowed: index, host: null, handing: 'none', name: '' },
    accessTo,
    found: [],
    findings: [],
    count: 0,
  };
}

function isWorthReading({ format, hasBacking, hasDataFile }: ImageUse): boolean {
  if (format === null) return true;
  // Extents cannot be named elsewhere.
  return isReferring(format) && (format === 'vmdk' || !hasBacking || !hasDataFile);
}

/** `above`: the images through which this one was reached, each by its file. */
function follow(walk: Walk, image: HostPath, above: readonly string[]): void {
  for (const use of (image.images ?? []).filter(isWorthReading)) {
    if (walk.count > maximumImages) return;
    noting(walk, image, () => followUse(walk, image, use, above));
  }
}

/** What is thrown about an image becomes a finding, and the next thing has its turn. */
function noting(walk: Walk, { path }: HostPath, act: () => void): void {
  attempt({ option: null, value: path, text: '' }, act, (finding) => {
    walk.findings.push({ ...finding, path });
  });
}

function followUse(walk: Walk, image: HostPath, use: ImageUse, above: readonly string[]): void {
  walk.count += 1;
  if (walk.count > maximumImages) throw refusedReference(`it is one of over ${maximumImages}`);
  if (above.length >= maximumDepth) {
    throw refusedReference(`its chain of backing files is longer than ${maximumDepth}`);
  }
  const { key, references } = withImage(image.path, ({ key, bytes }) => ({
    key,
    references: look(use, shifted(bytes, use.offset), image),
  }));
  if (above.includes(key)) throw refusedReference('its chain of backing files leads back to it');
  if (references !== null) followReferences(walk, image, use, references, [...above, key]);
}

/** With a slice the image begins within the file. */
function shifted(bytes: ImageBytes, start: number): ImageBytes {
  if (start === 0) return bytes;
  return { readAt: (offset, length) => bytes.readAt(start + offset, length) };
}

function look({ format }: ImageUse, bytes: ImageBytes, image: HostPath): ImageReferences | null {
  if (format !== null) return isReferring(format) ? readReferences(format, bytes) : null;
  const guess = probeFormat(bytes);
  if (guess === null) return null;
  const { backing, dataFiles } = readReferences(guess, bytes);
  const other =
    backing?.name ?? dataFiles[0]?.name ?? (dataFiles.length > 0 ? 'another file' : null);
  if (other === null) return null;
  // A guest can write any header into a raw disk: nothing that a guess brings up is followed.
  throw refusedReference(
    `its format is not stated; QEMU would take it for ${guess} and open ${other} with it`,
    hintForFormat(image, guess),
  );
}

function hintForFormat({ path, fromImage }: HostPath, guess: string): string {
  if (!fromImage) return `say format=${guess} if it is that, else format=raw`;
  return `record its format in the image above: qemu-img rebase -u -F ${guess} -b ${path} IMAGE`;
}

function followReferences(
  walk: Walk,
  image: HostPath,
  use: ImageUse,
  { backing, dataFiles }: ImageReferences,
  above: readonly string[],
): void {
  if (backing !== null && !use.hasBacking) {
    noting(walk, image, () => followBacking(walk, image, backing, use, above));
  }
  const rules = { directory: walk.context.directory, accessTo: walk.accessTo };
  for (const data of use.hasDataFile ? [] : dataFiles) {
    noting(walk, image, () => add(walk, planDataFile(image, data, rules), above));
  }
}

function followBacking(
  walk: Walk,
  image: HostPath,
  backing: BackingName,
  { backingOptions = [] }: ImageUse,
  above: readonly string[],
): void {
  const reading = readBacking(image.path, backing, backingOptions, walk.context);
  const { paths = [], findings = [] } = reading;
  walk.findings.push(...findings);
  for (const path of paths) add(walk, path, above);
}

function add(walk: Walk, path: HostPath, above: readonly string[]): void {
  walk.found.push(path);
  follow(walk, path, above);
}
