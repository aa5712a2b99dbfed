import { AppError } from '../errors.ts';

/** A resource limit, in the unit of setrlimit(2). */
export type Limit = number | 'unlimited';

/** What a process may use, and how far it may raise that by itself. */
export type LimitPair = readonly [soft: Limit, hard: Limit];

/** The names that setrlimit gives to the lines of /proc/PID/limits, in the order of their numbers there. */
const lines = {
  cpu: 'Max cpu time',
  fsize: 'Max file size',
  data: 'Max data size',
  stack: 'Max stack size',
  core: 'Max core file size',
  rss: 'Max resident set',
  nproc: 'Max processes',
  nofile: 'Max open files',
  memlock: 'Max locked memory',
  as: 'Max address space',
  locks: 'Max file locks',
  sigpending: 'Max pending signals',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
};

export type LimitName = keyof typeof lines;

/** All of them; each one's index is its number in asm-generic/resource.h, which all architectures of Node share but MIPS. */
export const limitNames = Object.keys(lines) as readonly LimitName[];

/** Some limits by their names. */
export type Limits = Readonly<Partial<Record<LimitName, LimitPair>>>;

/** Reads one limit from the text of /proc/PID/limits; throws VP_INTERNAL when it is not there. Source: proc_pid_limits(5). */
export function parseProcLimit(text: string, name: LimitName): LimitPair {
  const line = text.split('\n').find((each) => each.startsWith(`${lines[name]} `));
  const [soft, hard] = line?.slice(lines[name].length).trim().split(/ +/) ?? [];
  return [parseLimit(name, soft), parseLimit(name, hard)];
}

function parseLimit(name: LimitName, word: string | undefined): Limit {
  if (word === 'unlimited') return word;
  if (word !== undefined && /^[0-9]+$/.test(word)) return Number(word);
  throw new AppError('VP_INTERNAL', `the line ${lines[name]} of /proc/PID/limits is malformed`);
}
