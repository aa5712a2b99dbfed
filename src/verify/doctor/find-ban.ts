import { readdirSync, readFileSync } from 'node:fs';
import { parseBannedByKernel, parseModuleBans } from '../../formats/modprobe.ts';
import { attempt, orNull } from '../read-proc.ts';
import type { Ban } from './surroundings.ts';

/** In this order, and a name that came before hides the later ones: modprobe.d(5). */
const directories = [
  '/etc/modprobe.d',
  '/run/modprobe.d',
  '/usr/local/lib/modprobe.d',
  '/usr/lib/modprobe.d',
  '/lib/modprobe.d',
];

/** What keeps one of these modules from being loaded; `root` is the place that is read, empty for the running system. */
export function findBan(modules: readonly string[], root = ''): Ban | null {
  const commandLine = orNull(attempt(() => readFileSync(`${root}/proc/cmdline`, 'utf8'))) ?? '';
  const byKernel = parseBannedByKernel(commandLine).find((name) => modules.includes(name));
  if (byKernel !== undefined) return { module: byKernel, place: 'the command line of the kernel' };
  return listFiles(root).flatMap((path) => bansOf(path, modules))[0] ?? null;
}

function listFiles(root: string): readonly string[] {
  const found = new Map<string, string>();
  for (const directory of directories.map((each) => `${root}${each}`)) {
    const names = orNull(attempt(() => readdirSync(directory))) ?? [];
    for (const name of names.filter((each) => each.endsWith('.conf')))
      if (!found.has(name)) found.set(name, `${directory}/${name}`);
  }
  return [...found].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, path]) => path);
}

function bansOf(path: string, modules: readonly string[]): readonly Ban[] {
  const text = orNull(attempt(() => readFileSync(path, 'utf8'))) ?? '';
  return parseModuleBans(text)
    .filter(({ module }) => modules.includes(module))
    .map(({ module, line }) => ({ module, place: `${path}:${line}` }));
}
