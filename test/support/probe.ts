import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Site, siteWords, target } from './launcher.ts';
import { compile } from './program.ts';
import { projectRoot } from './scratch.ts';
import { runTool } from './tool.ts';

/** What a guest that has broken out tries, in the words of probe.c. */
export type Attempt = string;

/** Compiles the program that stands in for QEMU, in this directory. */
export function buildProbe({ path }: { readonly path: string }): string {
  const read = (name: string) => readFileSync(join(projectRoot, 'test/support', name), 'utf8');
  return compile(`${path}/probe`, read('probe-attempts.c') + read('probe.c'));
}

export interface ProbeOptions {
  /** Options of the launcher. */
  readonly options?: readonly string[];
  /** Arguments of the emulator. */
  readonly words?: readonly string[];
  readonly wrapper?: readonly string[];
}

/** The answers of the probe as the launcher has started it. */
export function askInCell(
  site: Site,
  probe: string,
  attempts: readonly Attempt[],
  { options = [], words = [], wrapper = [] }: ProbeOptions = {},
): readonly string[] {
  const all = siteWords(site, 'run', '--name', 'probe', ...options, '--', probe, ...words);
  const { status, stdout, stderr } = call(all, { input: print(attempts), wrapper });
  if (status !== 0) throw new Error(`${status} ${stderr}`);
  return parse(stdout);
}

const dropped = [
  'setpriv',
  `--reuid=${target.uid}`,
  `--regid=${target.gid}`,
  '--clear-groups',
  '--inh-caps=-all',
];

/** The same for a launcher that changes ids alone; `asRoot`: for one that does not even that. */
export function askNaively(
  probe: string,
  attempts: readonly Attempt[],
  { asRoot = false, wrapper = [] }: { asRoot?: boolean; wrapper?: readonly string[] } = {},
): readonly string[] {
  const [program = '', ...rest] = [...wrapper, ...(asRoot ? [] : dropped), probe];
  const { stdout } = runTool(program, rest, { input: print(attempts), cwd: '/' });
  return parse(stdout);
}

function print(attempts: readonly Attempt[]): string {
  return attempts.map((attempt) => `${attempt}\n`).join('');
}

function parse(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => line !== '');
}
