import { AppError } from '../errors.ts';

/** A resource limit, in the unit of setrlimit(2). */
export type Limit = number | 'unlimited';

/** What a process may use, and how far it may raise that by itself. */
export type LimitPair = readonly [soft: Limit, hard: Limit];

/** The names that setrlimit gives to the lines of /proc/PID/limits. */
const lines = {
  core: 'Max core file size',
  nproc: 'Max processes',
  nofile: 'Max open files',
  memlock: 'Max locked memory',
};

export type LimitName = keyof typeof lines;

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
