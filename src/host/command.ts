import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { AppError } from '../errors.ts';

const DIRECTORIES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
// Nothing of the caller's environment reaches a tool that runs as root.
const ENVIRONMENT = { PATH: DIRECTORIES.join(':'), LC_ALL: 'C', HOME: '/', SYSTEMD_COLORS: '0' };

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The absolute path of a system tool, or null; the caller's PATH is not asked. */
export function findTool(name: string): string | null {
  return DIRECTORIES.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

/** Runs a system tool to its end; throws VP_MISSING_TOOL, or VP_TOOL_FAILED when it cannot be run. */
export async function runTool(
  name: string,
  args: readonly string[],
  input = '',
): Promise<CommandResult> {
  const file = findTool(name);
  if (file === null) throw new AppError('VP_MISSING_TOOL', `cannot find the program ${name}`);
  const options = {
    env: ENVIRONMENT,
    extendEnv: false,
    cwd: '/',
    input,
    reject: false,
    // A Ctrl-C must not cut a tool in half that is writing passwd; nor may it hang for ever.
    cleanup: false,
    detached: true,
    timeout: 60_000,
  } as const;
  const { exitCode, stdout, stderr, shortMessage } = await execa(file, args, options);
  if (exitCode === undefined)
    throw new AppError('VP_TOOL_FAILED', shortMessage ?? `${name} failed`);
  return { exitCode, stdout, stderr };
}

/** Runs a tool and throws VP_TOOL_FAILED, with what it said, unless it exits 0. */
export async function requireTool(
  name: string,
  args: readonly string[],
  input = '',
): Promise<CommandResult> {
  const result = await runTool(name, args, input);
  if (result.exitCode === 0) return result;
  const said = result.stderr.trim() || result.stdout.trim() || 'no message';
  throw new AppError('VP_TOOL_FAILED', `${name} failed with status ${result.exitCode}: ${said}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
