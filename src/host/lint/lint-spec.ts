import { dirname, join } from 'node:path';
import { AppError, type Finding } from '../../errors.ts';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import type { Target } from '../../targets/target.ts';
import { findTool, runTool } from '../command.ts';
import { readLintText } from './lint-input.ts';
import { giveAway, type Scratch, withScratch } from './lint-scratch.ts';
import { notRun, readRpmlintOutput, readRpmspecOutput } from './lint-tool-output.ts';

/** What rpm's own tools say of a spec file for the target. */
export async function lintSpecFile(
  file: LintFile,
  target: Target | null,
): Promise<readonly Finding[]> {
  const danger = findProgram(file.text);
  if (danger !== null) return neither(file, danger);
  return withScratch(async (scratch) => {
    const names = copySpec(file, scratch);
    if (isRoot()) giveAway(scratch, names, NOBODY);
    return runRpmTools(join(scratch.path, file.name), file, target, scratch);
  });
}

const NOBODY = 65534;

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

// To read a spec file is to run what its macros say.
const program = /%(\(|\{(lua|load|uncompress|shell)\b)/;
// The generator's own question about rpm's version, which runs nothing.
const harmless =
  /%\{lua:print\(rpm\.vercmp\(rpm\.expand\("0%\{\?rpmversion\}"\), "[0-9.]+"\) < 0 and 1 or 0\)\}/g;

function findProgram(text: string): string | null {
  const index = text.split('\n').findIndex((line) => program.test(line.replace(harmless, '')));
  return index < 0 ? null : `line ${index + 1} would run a program while rpm reads it`;
}

// With the files beside it that %include takes in.
function copySpec(file: LintFile, { write }: Scratch): readonly string[] {
  const named = [...file.text.matchAll(/^(?:Source\d*:|%include)[ \t]*([\w.+-]+)[ \t]*$/gm)];
  const names = new Set(named.flatMap(([, name]) => (name === undefined ? [] : [name])));
  names.delete(file.name);
  const copied = [...names].filter((name) => copyBeside(file, name, write));
  write(file.name, file.text);
  return [...copied, file.name];
}

function copyBeside({ path }: LintFile, name: string, write: Scratch['write']): boolean {
  try {
    const text = readLintText(join(dirname(path), name));
    if (findProgram(text) === null) write(name, text);
    return findProgram(text) === null;
  } catch (error) {
    // rpm itself says what it misses.
    if (error instanceof AppError) return false;
    throw error;
  }
}

async function runRpmTools(
  spec: string,
  file: LintFile,
  target: Target | null,
  scratch: Scratch,
): Promise<readonly Finding[]> {
  if (findTool('rpmspec') === null) return neither(file, 'rpmspec is not installed');
  const args = [...rpmspecOptions(target, scratch), spec];
  // rpm starts programs through a shell, and without a process to spare it cannot.
  const result = await runWithoutRights('prlimit', ['--nproc=0', 'rpmspec', ...args], scratch);
  const output = { ...result, sources: new Map(), isOlder: false };
  if (wantsProgram(result.stderr))
    return neither(file, 'it would run a program while rpm reads it');
  const isRead = result.exitCode === 0;
  return [
    ...readRpmspecOutput(output, file.path),
    ...(isRead
      ? await runRpmlint(spec, file, scratch)
      : [notRun('rpmlint', 'rpm cannot read it', file.path)]),
  ];
}

function neither({ path }: LintFile, why: string): readonly Finding[] {
  return ['rpmspec -P', 'rpmlint'].map((tool) => notRun(tool, why, path));
}

function rpmspecOptions(target: Target | null, { path }: Scratch): readonly string[] {
  const release = target?.rpmMacro ? [`${target.rpmMacro} ${target.rpmMacroValue}`] : [];
  const defines = [`_sourcedir ${path}`, `_dbpath ${path}/db`, ...release];
  return ['-P', ...defines.flatMap((define) => ['--define', define])];
}

// Without a line it is rpm's own question, how many processors there are.
function wantsProgram(stderr: string): boolean {
  return /^error: .*line \d+: Failed to open shell expansion pipe/m.test(stderr);
}

async function runRpmlint(
  spec: string,
  file: LintFile,
  scratch: Scratch,
): Promise<readonly Finding[]> {
  if (findTool('rpmlint') === null) return [notRun('rpmlint', 'it is not installed', file.path)];
  const result = await runWithoutRights('rpmlint', [spec], scratch);
  return readRpmlintOutput({ ...result, sources: new Map(), isOlder: false }, file.path);
}

// Root's rights are no help in reading a text; what a macro may still run has none.
function runWithoutRights(tool: string, args: readonly string[], { path }: Scratch) {
  const inHome = [`HOME=${path}`, tool, ...args];
  if (!isRoot()) return runTool('env', inHome);
  const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const rights = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];
  return runTool('setpriv', [...identity, ...rights, 'env', ...inHome]);
}
