import { readdirSync, readlinkSync } from 'node:fs';
import type { LaunchPlan } from '../launch-plan.ts';

/** What each open descriptor of a process is, in the words of /proc: a path, `pipe:[7]`, `anon_inode:[eventpoll]`. */
export type OpenDescriptors = ReadonlyMap<number, string>;

/** The open descriptors of a process; none of one that is gone. */
export function readDescriptors(pid: number | 'self'): OpenDescriptors {
  const directory = `/proc/${pid}/fd`;
  try {
    return new Map(readdirSync(directory).flatMap((name) => readOne(directory, name)));
  } catch (error) {
    if (isGone((error as NodeJS.ErrnoException).code)) return new Map();
    throw error;
  }
}

// What is ending has none any more, and its list is root's: who is not root may not even ask.
function isGone(code = ''): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES'].includes(code);
}

// It may be closed meanwhile, as the one that the list was read by always is.
function readOne(directory: string, name: string): [number, string][] {
  try {
    return [[Number(name), readlinkSync(`${directory}/${name}`)]];
  } catch {
    return [];
  }
}

/** Each descriptor of QEMU that only the launcher can have left there, in words. Pure. */
export function findLeftDescriptors(
  qemu: OpenDescriptors,
  launcher: OpenDescriptors,
  { descriptors, resources }: LaunchPlan,
): readonly string[] {
  const shared = [0, 1, 2, ...descriptors.map(({ number }) => number)];
  const welcome = new Set([...shared.map((number) => launcher.get(number)), '/dev/null']);
  for (const { path } of resources) welcome.add(path);
  const known = new Set([...launcher.values()].filter((name) => !welcome.has(name)));
  return [...qemu]
    .filter(([, name]) => isPlan(name) || (known.has(name) && !isAnybodys(name)))
    .map(([number, name]) => `descriptor ${number} is ${name}, planned closed`);
}

function isPlan(name: string): boolean {
  return name.startsWith('/memfd:launch-plan');
}

// Names that are the same in every process, and devices that a library opens by itself.
function isAnybodys(name: string): boolean {
  return /^(?:anon_inode:|\/dev\/(?:pts\/|(?:zero|full|u?random|tty|ptmx)$))/.test(name);
}
