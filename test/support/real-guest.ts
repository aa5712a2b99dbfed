import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { awaitValue } from './emulators.ts';
import { emulator, launcherPath, type Site, siteWords } from './launcher.ts';

export interface Guest {
  readonly emulator?: string;
  readonly words: readonly string[];
  readonly options?: readonly string[];
  /** Asked once the guest is so far. */
  readonly isReady: () => boolean;
  /** QMP commands. */
  readonly commands: readonly object[];
}

interface Answers {
  readonly status: number | null;
  readonly stderr: string;
  /** What QMP has answered to each command: the error's text, or nothing. */
  readonly errors: readonly string[];
}

/** Runs a real guest by the launcher until it is ready, gives it the commands and ends it. */
export async function runGuest(
  site: Site,
  { emulator: program = emulator, words, options = [], isReady, commands }: Guest,
): Promise<Answers> {
  const fixed = ['-nodefaults', '-display', 'none', '-m', '64', '-qmp', 'stdio'];
  const all = siteWords(site, 'run', '--name', 'vm', ...options, '--', program, ...fixed, ...words);
  const child = spawn(process.execPath, [launcherPath, ...all], { cwd: '/' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = once(child, 'close');
  await awaitValue(() => (isReady() || child.exitCode !== null ? true : undefined)).catch(
    (error) => {
      child.kill();
      throw error;
    },
  );
  const full = [{ execute: 'qmp_capabilities' }, ...commands, { execute: 'quit' }];
  child.stdin.write(full.map((command) => JSON.stringify(command)).join('\n'));
  const [status] = await ended;
  const replies = stdout.split('\n').filter((line) => /^\{"(?:return|error)"/.test(line));
  const errors = replies.slice(1, -1).map((line) => JSON.parse(line).error?.desc ?? '');
  return { status, stderr, errors };
}

export function holds(path: string, text: string): boolean {
  return existsSync(path) && readFileSync(path, 'latin1').includes(text);
}

export function addDisk(filename: string, node: string): object {
  const backend = { driver: 'file', filename, 'node-name': node };
  return { execute: 'blockdev-add', arguments: backend };
}
