import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ToolResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Some tools keep files in HOME, rpm a whole database: theirs goes with the test.
const home = mkdtempSync(join(tmpdir(), 'virt-privileges-home-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

export interface ToolOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program reads; nothing without it. */
  readonly input?: string;
  /** Where it stands; the test's own directory without it. */
  readonly cwd?: string;
}

/** Runs a real program with the C locale and no settings of the caller's shell. */
export function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): ToolResult {
  const base = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: home };
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...base, ...options.env },
    input: options.input ?? '',
    cwd: options.cwd,
    maxBuffer: 1 << 26,
  });
  return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** For a test's options: skipped, with the reason, where the program is not there. */
export function needs(program: string): { readonly skip: false | string } {
  return { skip: runTool('which', [program]).status === 0 ? false : `needs ${program}` };
}

/** Skipped, with the reason, where no mount namespace can be made or the program is not there. */
export function needsNamespaceAnd(program: string): { readonly skip: false | string } {
  const canUnshare = runTool('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0;
  return canUnshare ? needs(program) : { skip: 'needs root and a mount namespace' };
}
