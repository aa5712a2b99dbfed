import { isAccountName, parseId } from './passwd.ts';

/** One line of group(5). */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The groups of a group file in order; lines that the name service would skip are skipped. */
export function parseGroup(text: string): readonly GroupEntry[] {
  return text.split('\n').flatMap(parseLine);
}

function parseLine(line: string): readonly GroupEntry[] {
  const [name = '', , gidText = '', members, ...more] = line.split(':');
  const gid = parseId(gidText);
  if (!isAccountName(name) || gid === null) return [];
  if (members === undefined || more.length > 0) return [];
  return [{ name, gid, members: members.split(',').filter((member) => member !== '') }];
}

/** The first group of that name, as the name service answers. */
export function findGroup(entries: readonly GroupEntry[], name: string): GroupEntry | undefined {
  return entries.find((entry) => entry.name === name);
}

/** The first group with that gid. */
export function findGroupById(entries: readonly GroupEntry[], gid: number): GroupEntry | undefined {
  return entries.find((entry) => entry.gid === gid);
}

/** The name of the group with that gid, or the number where it has none. */
export function nameOfGroup(entries: readonly GroupEntry[], gid: number): string {
  return findGroupById(entries, gid)?.name ?? String(gid);
}
