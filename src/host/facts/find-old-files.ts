import { hasHeader } from '../../generate/header.ts';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import { readJournal } from '../journal/journal.ts';
import type { Part } from '../plan/change.ts';
import { pathInRoot, type Root } from '../root.ts';
import { type FileContent, readFileState } from '../root-files.ts';

/** A file under one of our names that the policy does not want (any more). */
export interface OldFile {
  readonly path: string;
  readonly part: Part;
  readonly content: FileContent;
  /** This program made it, by its first line or by the record of a run. */
  readonly isOwn: boolean;
}

/** Looks among the files that udev and its fellows read for those of ours that are not `wanted`. */
export function findOldFiles(
  root: Root,
  merged: readonly LintFile[],
  wanted: readonly string[],
): readonly OldFile[] {
  return merged.flatMap((file) => {
    const place = placeOf(root, file);
    if (place === null || wanted.includes(place.path)) return [];
    const content = readFileState(root, place.path);
    if (content.kind !== 'file') return [];
    return [
      {
        ...place,
        content,
        isOwn: hasHeader(content.text) || isRecorded(root, place.path, content),
      },
    ];
  });
}

const directories: Readonly<Partial<Record<LintFile['kind'], readonly [string, Part]>>> = {
  'udev-rules': ['/etc/udev/rules.d', 'device'],
  tmpfiles: ['/etc/tmpfiles.d', 'device'],
  sysusers: ['/etc/sysusers.d', 'accounts'],
};

// A name that somebody else gave to a copy of ours is no business of ours.
function placeOf(
  root: Root,
  { kind, name, path }: LintFile,
): Pick<OldFile, 'path' | 'part'> | null {
  const [directory, part] = directories[kind] ?? [];
  const isOurs = name.includes('virt-privileges') || name === '80-kvm.rules';
  if (directory === undefined || part === undefined || !isOurs) return null;
  const own = `${directory}/${name}`;
  return pathInRoot(root, own) === path ? { path: own, part } : null;
}

// Only root may look into the records.
function isRecorded(root: Root, path: string, { text, encoding }: FileContent): boolean {
  if (process.geteuid?.() !== 0) return false;
  const bytes = Buffer.from(text, encoding);
  return readJournal(root).entries.some(({ changes }) => {
    return changes.some((change) => {
      return change.kind === 'file' && change.path === path && change.after?.content.equals(bytes);
    });
  });
}
