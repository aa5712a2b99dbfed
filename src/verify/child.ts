import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../errors.ts';
import { awaitAnswer } from './patience.ts';

/** A program that is spoken with while it runs. */
export interface Child {
  readonly pid: number;
  /** What it has said so far. */
  readonly said: () => Said;
  readonly write: (text: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status, 128+N for signal N; null while it runs. */
  readonly status: number | null;
}

/** Nothing of the caller's environment reaches a program that runs as root. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/' };
/** Characters that are kept of what a program says. */
const largest = 4 * 1024 * 1024;
const signals = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 } as const;

/** Starts a program in a session of its own, so that a Ctrl-C reaches only who started it. Throws VP_TOOL_FAILED. */
export async function startChild(words: readonly string[]): Promise<Child> {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env, cwd: '/', detached: true, stdio: 'pipe' });
  const texts = collect(child);
  // At `exit` some of what it said may still be on its way; a child of its own may keep `close` from ever coming.
  let isClosed = false;
  const close = () => {
    isClosed = true;
    // Open, they would keep this program from ending.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  };
  child.once('close', close).once('exit', () => setTimeout(close, 200));
  await awaitSpawn(child, program);
  // Whoever has ended reads no more: what it said last tells why.
  child.stdin.on('error', () => {});
  return {
    pid: child.pid ?? 0,
    said: () => ({ ...texts, status: isClosed ? statusOf(child) : null }),
    write: (text) => child.stdin.write(text),
    kill: (signal) => child.kill(signal),
  };
}

async function awaitSpawn(child: ChildProcess, program: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    const message = `cannot start ${program}: ${(cause as Error).message}`;
    throw new AppError('VP_TOOL_FAILED', message, { cause });
  }
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text) => {
      texts[name] = (texts[name] + text).slice(0, largest);
    });
  return texts;
}

function statusOf({ exitCode, signalCode }: ChildProcess): number | null {
  if (signalCode === null) return exitCode;
  return 128 + ((signals as Readonly<Record<string, number>>)[signalCode] ?? 0);
}

/** Runs a program to its end, which comes at the latest when the time (ms) is over; throws the signal's reason once it is aborted. */
export async function runToEnd(
  words: readonly string[],
  patience: number,
  signal: AbortSignal | null,
): Promise<Said> {
  const child = await startChild(words);
  try {
    const said = await awaitEnd(child, patience, signal);
    if (said !== null) return said;
    const [program = ''] = words;
    throw new AppError('VP_TOOL_FAILED', `${program} has not ended after ${patience / 1000} s`);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Waits for the end of a child; null when the time (ms) is over first. */
export async function awaitEnd(
  child: Child,
  patience: number,
  signal: AbortSignal | null,
): Promise<Said | null> {
  return awaitAnswer(() => (child.said().status === null ? null : child.said()), patience, signal);
}
