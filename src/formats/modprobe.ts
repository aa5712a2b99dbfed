/** A line of modprobe.d that keeps a module from being loaded. */
export interface ModuleBan {
  readonly line: number;
  /** With underscores, as the kernel shows it. */
  readonly module: string;
}

/** The bans of a file of modprobe.d(5): `blacklist NAME`, and `install NAME` with a command that does nothing. */
export function parseModuleBans(text: string): readonly ModuleBan[] {
  return joinLines(text).flatMap(({ line, words: [kind, name = '', command = ''] }) => {
    if (name === '') return [];
    const isEmpty = /^((\/usr)?\/bin\/)?(true|false)$/.test(command);
    const isBan = kind === 'blacklist' || (kind === 'install' && isEmpty);
    return isBan ? [{ line, module: underscored(name) }] : [];
  });
}

/** The modules that the kernel's command line bans, for the kernel itself or for modprobe. */
export function parseBannedByKernel(commandLine: string): readonly string[] {
  const lists = [
    ...commandLine.matchAll(/(?:^|\s)(?:module_blacklist|modprobe\.blacklist)=(\S*)/g),
  ];
  return lists.flatMap(([, list = '']) => list.split(',').filter(Boolean).map(underscored));
}

interface Line {
  readonly line: number;
  readonly words: readonly string[];
}

function joinLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  let open: Line | null = null;
  for (const [index, physical] of text.split('\n').entries()) {
    const isOpen = physical.endsWith('\\');
    const words = physical
      .slice(0, isOpen ? -1 : undefined)
      .split(/\s+/)
      .filter(Boolean);
    const whole: Line = {
      line: open?.line ?? index + 1,
      words: [...(open?.words ?? []), ...words],
    };
    open = isOpen ? whole : null;
    if (open === null) lines.push(whole);
  }
  return lines.filter(({ words: [first = '#'] }) => !first.startsWith('#'));
}

function underscored(name: string): string {
  return name.replaceAll('-', '_');
}
