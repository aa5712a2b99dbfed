/** One line of passwd(5). */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

// (uid_t) -1 means "no change" to the kernel and belongs to nobody.
const LARGEST_ID = 4294967294;

/** The accounts of a passwd file in order; lines that the name service would skip are skipped. */
export function parsePasswd(text: string): readonly PasswdEntry[] {
  return text.split('\n').flatMap(parseLine);
}

function parseLine(line: string): readonly PasswdEntry[] {
  const [name = '', , uidText = '', gidText = '', comment, home, shell, ...more] = line.split(':');
  const [uid, gid] = [parseId(uidText), parseId(gidText)];
  if (!isAccountName(name) || uid === null || gid === null) return [];
  if (comment === undefined || home === undefined || shell === undefined || more.length > 0)
    return [];
  return [{ name, uid, gid, comment, home, shell }];
}

/** The first account of that name, as the name service answers. */
export function findUser(entries: readonly PasswdEntry[], name: string): PasswdEntry | undefined {
  return entries.find((entry) => entry.name === name);
}

/** The first account with that uid. */
export function findUserById(
  entries: readonly PasswdEntry[],
  uid: number,
): PasswdEntry | undefined {
  return entries.find((entry) => entry.uid === uid);
}

/** Neither a comment nor one of the `+` and `-` lines of NIS. */
export function isAccountName(name: string): boolean {
  return /^[^#+\-\s][^\s]*$/.test(name);
}

/** A decimal uid or gid, or null. */
export function parseId(text: string): number | null {
  const id = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return id <= LARGEST_ID ? id : null;
}
