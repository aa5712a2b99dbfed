import { join } from 'node:path';
import type { Finding } from '../../errors.ts';
import type { LintFile } from '../../generate/lint/lint-file.ts';
import type { Target } from '../../targets/target.ts';
import { findTool, runTool } from '../command.ts';
import { isRoot, letRead, type Scratch, withScratch } from './lint-scratch.ts';
import { notRun, readRpmlintOutput, readRpmspecOutput } from './lint-tool-output.ts';
import { type VouchedSpec, withVouchedSpec } from './vouched-spec.ts';

/** What rpm's own tools say of a spec file for the target; they are asked only of one that the caller vouches for. */
export function lintSpecFile(file: LintFile, target: Target | null): Promise<readonly Finding[]> {
  return withVouchedSpec(file, async (spec) => {
    const danger = spec.why ?? findProgram(file.text);
    if (spec.why !== null || danger !== null) return neither(file, danger ?? '');
    return withScratch((scratch) => {
      const names = copySpec(file, spec, scratch);
      if (isRoot()) letRead(scratch, names, NOBODY);
      return runRpmTools(join(scratch.path, file.name), file, target, scratch);
    });
  });
}

const NOBODY = 65534;

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
function copySpec(
  file: LintFile,
  { readBeside }: VouchedSpec,
  { write }: Scratch,
): readonly string[] {
  const named = [...file.text.matchAll(/^(?:Source\d*:|%include)[ \t]*([\w.+-]+)[ \t]*$/gm)];
  const names = new Set(named.flatMap(([, name]) => (name === undefined ? [] : [name])));
  names.delete(file.name);
  const copied = [...names].filter((name) => {
    const text = readBeside(name);
    if (text === null || findProgram(text) !== null) return false;
    write(name, text);
    return true;
  });
  write(file.name, file.text);
  return [...copied, file.name];
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
  const result = await runWithoutRights('rpmspec', args, ['--nproc=0']);
  const output = { ...result, sources: new Map(), isOlder: false };
  if (wantsProgram(result.stderr))
    return neither(file, 'it would run a program while rpm reads it');
  const isRead = result.exitCode === 0;
  return [
    ...readRpmspecOutput(output, file.path),
    ...(isRead
      ? await runRpmlint(spec, file)
      : [notRun('rpmlint', 'rpm cannot read it', file.path)]),
  ];
}

function neither({ path }: LintFile, why: string): readonly Finding[] {
  return ['rpmspec -P', 'rpmlint'].map((tool) => notRun(tool, why, path));
}

function rpmspecOptions(target: Target | null, { path }: Scratch): readonly string[] {
  const release = target?.rpmMacro ? [`${target.rpmMacro} ${target.rpmMacroValue}`] : [];
  const defines = [`_sourcedir ${path}`, `_dbpath ${HOME}/db`, ...release];
  return ['-P', ...defines.flatMap((define) => ['--define', define])];
}

// Without a line it is rpm's own question, how many processors there are.
function wantsProgram(stderr: string): boolean {
  return /^error: .*line \d+: Failed to open shell expansion pipe/m.test(stderr);
}

async function runRpmlint(spec: string, file: LintFile): Promise<readonly Finding[]> {
  if (findTool('rpmlint') === null) return [notRun('rpmlint', 'it is not installed', file.path)];
  // It starts rpm; a plain user's limit would count every process that the user has.
  const processes = isRoot() ? ['--nproc=64'] : [];
  const result = await runWithoutRights('rpmlint', [spec], processes);
  return readRpmlintOutput({ ...result, sources: new Map(), isOlder: false }, file.path);
}

// Nobody can make it: neither tool finds settings there, or leaves anything.
const HOME = '/proc/nowhere';
const limits = ['--cpu=30', '--core=0', '--fsize=1048576', '--as=2147483648'];

// Root's rights are no help in reading a text; what a macro may still run has none.
function runWithoutRights(tool: string, args: readonly string[], processes: readonly string[]) {
  const limited = [`HOME=${HOME}`, 'prlimit', ...limits, ...processes, tool, ...args];
  if (!isRoot()) return runTool('env', limited);
  const identity = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const rights = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];
  return runTool('setpriv', [...identity, ...rights, 'env', ...limited]);
}
