/** What Landlock has denied to a program. */
export interface Denial {
  readonly path: string;
  /** It was not only to be read. */
  readonly writes: boolean;
}

const kinds = {
  access: 'LANDLOCK_ACCESS|UNKNOWN\\[1423\\]',
  domain: 'LANDLOCK_DOMAIN|UNKNOWN\\[1424\\]',
};

/**
 * The paths that Landlock has denied to the process that restricted itself, in the lines of auditd, each once.
 * Source: Documentation/admin-guide/LSM/landlock.rst; an older auditd knows the records by number only.
 */
export function parseDenials(text: string, pid: number): readonly Denial[] {
  const lines = text.split('\n');
  const own = new RegExp(`^type=(?:${kinds.domain}) .*\\bdomain=([0-9a-f]+) .*\\bpid=${pid} `);
  // A number may have been another process's before: the newest counts.
  const domain = lines.map((line) => own.exec(line)?.[1]).findLast((id) => id !== undefined);
  if (domain === undefined) return [];
  const access = new RegExp(
    `^type=(?:${kinds.access}) .*\\bdomain=${domain} blockers=(\\S+) path=(\\S+)`,
  );
  const denials = lines.flatMap((line) => {
    const [, blockers = '', word = ''] = access.exec(line) ?? [];
    return word === ''
      ? []
      : [{ path: parsePath(word), writes: /write|make|remove|truncate|refer/.test(blockers) }];
  });
  const found = new Map<string, Denial>();
  for (const { path, writes } of denials)
    found.set(path, { path, writes: writes || found.get(path)?.writes === true });
  return [...found.values()];
}

/** In quotes, or in hexadecimal where it holds what could be mistaken. */
function parsePath(word: string): string {
  const quoted = /^"(.*)"$/.exec(word)?.[1];
  return quoted ?? Buffer.from(word, 'hex').toString();
}
