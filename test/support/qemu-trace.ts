import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspectImages } from '../../src/runtime/images/chain.ts';
import { hostLookup } from '../../src/runtime/look-up-host.ts';
import { parseQemuArguments, type QemuArguments } from '../../src/runtime/qemu-args/parse.ts';
import { emulator } from './launcher.ts';
import { words } from './qemu-args.ts';
import { testInCell } from './qemu-cell.ts';
import { bindInto, needsReleases, type Release, releaseRoot, runInRoot } from './release-root.ts';
import { isRoot, makeScratch, rounds } from './scratch.ts';
import { needs, runTool, type ToolResult } from './tool.ts';

/** A command line for the real emulator. */
export interface Shape {
  /** Words between blanks; relative names mean files of the shape's own directory, and so does `@/`. */
  readonly line: string;
  /** What `--allow` grants, for writing. */
  readonly allow?: readonly string[];
  /** No device writes yet, so the emulator does not open what it may write later. */
  readonly isIdle?: true;
  /** The major versions of the emulator that take this line. */
  readonly versions?: { readonly from?: number; readonly to?: number };
  /** Planned and not opened by a paused guest, such as a file that only its next start reads. */
  readonly unopened?: readonly string[];
}

export interface ShapeTests {
  /** Makes what the lines name in an empty directory; `listening.sock` is there already. */
  readonly makeFiles: (directory: string, line: string) => void;
  /** How many of the first shapes the short run takes, on the machine's own emulator and on the release's. */
  readonly short: readonly [here: number, release: number];
}

/**
 * Runs each line on the real emulator under strace and holds against the plan what it opens: everything
 * outside its own libraries and firmware is in the plan with at least that access, and what is planned is opened so.
 */
export function testShapes(shapes: readonly Shape[], { makeFiles, short }: ShapeTests): void {
  const parts = [short[0], short[1]].map((count) => shapes.slice(0, rounds(count, shapes.length)));
  const [here = [], there = []] = parts;
  for (const shape of here) {
    test(`the emulator opens what is planned: ${shape.line}`, needsTools(), async (context) => {
      await holdAgainst(context, shape, makeScratch(context), makeFiles, runHere);
    });
  }
  testInRelease('trixie', there, makeFiles);
  testInCell(here, makeFiles);
}

function testInRelease(
  release: Release,
  shapes: readonly Shape[],
  makeFiles: ShapeTests['makeFiles'],
): void {
  const options = needsTools().skip === false ? needsReleases(release) : needsTools();
  test(`the emulator of ${release} opens what is planned`, options, async (context) => {
    const scratch = makeScratch(context);
    const root = releaseRoot(context, release);
    bindInto(root, scratch, scratch);
    const run: Run = (directory, argv, input) => runThere(root, directory, argv, input);
    for (const [index, shape] of shapes.entries()) {
      const directory = `${scratch}/${index}`;
      mkdirSync(directory);
      await context.test(shape.line, (inner) =>
        holdAgainst(inner, shape, directory, makeFiles, run),
      );
    }
  });
}

function needsTools(): { readonly skip: false | string } {
  return { skip: needs(emulator).skip || needs('strace').skip };
}

/** Runs the emulator with these words in that directory. */
type Run = (directory: string, argv: readonly string[], input: string) => ToolResult;

const calls = 'trace=execve,open,openat,creat,bind,connect';

function tracing(directory: string): string[] {
  return ['strace', '-f', '-s', '4096', '-e', calls, '-o', `${directory}/trace`];
}

// In a network of its own, as in the release's root: nobody else's ports, and taps that are gone after it.
export function runHere(directory: string, argv: readonly string[], input: string): ToolResult {
  const traced = [...tracing(directory), 'timeout', '60', emulator, ...argv];
  const [program = '', ...args] = isRoot ? ['unshare', '--net', ...traced] : traced;
  return runTool(program, args, { cwd: directory, input });
}

function runThere(
  root: string,
  directory: string,
  argv: readonly string[],
  input: string,
): ToolResult {
  const start = ['sh', '-c', 'cd "$0" && exec timeout 60 "$@"', directory, emulator, ...argv];
  return runInRoot(root, start, { input, kvm: true, wrapper: tracing(directory) });
}

async function holdAgainst(
  context: TestContext,
  shape: Shape,
  directory: string,
  makeFiles: ShapeTests['makeFiles'],
  run: Run,
): Promise<void> {
  if (!isTakenBy(versionOf(directory, run), shape)) {
    context.skip('another version of the emulator takes this line');
    return;
  }
  const server = createServer().listen(`${directory}/listening.sock`);
  context.after(() => server.close());
  makeFiles(directory, shape.line);
  const argv = words(shape.line.replaceAll('@/', `${directory}/`));
  const plan = planOf(shape, directory, argv);
  const missing = missingNode(plan);
  if (missing === undefined) compare(shape, plan, trace(directory, argv, run));
  else context.skip(`needs ${missing}`);
}

function planOf({ allow }: Shape, directory: string, argv: readonly string[]): QemuArguments {
  const allowed = (allow ?? []).map((path) => {
    return { path: resolve(directory, path), access: 'rw' } as const;
  });
  const readConfig = (path: string) => readFileSync(path, 'utf8');
  const plan = parseQemuArguments(argv, { directory, allowed, readConfig, host: hostLookup });
  const images = inspectImages(plan.paths, { directory, allowed, named: [] });
  assert.deepEqual(
    [...plan.findings, ...images.findings].filter(({ severity }) => severity === 'error'),
    [],
  );
  return { ...plan, paths: images.paths };
}

function missingNode({ paths }: QemuArguments): string | undefined {
  const nodes = paths.filter(({ path, optional }) => path.startsWith('/dev/') && !optional);
  return nodes.find(({ path, created }) => !created && !existsSync(path))?.path;
}

const versions = new Map<Run, number>();

/** The major version of the emulator that is run so. */
export function versionOf(directory: string, run: Run): number {
  const known = versions.get(run);
  if (known !== undefined) return known;
  const version = Number(/version (\d+)/.exec(run(directory, ['--version'], '').stdout)?.[1]);
  versions.set(run, version);
  return version;
}

export function isTakenBy(version: number, { versions }: Shape): boolean {
  return version >= (versions?.from ?? 0) && version <= (versions?.to ?? Infinity);
}

interface Use {
  readonly path: string;
  readonly isWritten: boolean;
}

/** Words and input with which the emulator says that it is ready, and ends. */
export const readyAndQuit = ['-S', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
export const quit = '{"execute":"qmp_capabilities"}{"execute":"quit"}';

/** Runs the emulator until it is ready and takes down every file and socket that it opens. */
function trace(directory: string, argv: readonly string[], run: Run): Use[] {
  const { stdout, stderr } = run(directory, [...readyAndQuit, ...argv], quit);
  assert.match(stdout, /"SHUTDOWN"/, `the emulator was not ready: ${stderr}`);
  const lines = readFileSync(`${directory}/trace`, 'utf8').split('\n');
  const start = lines.findIndex((line) => line.includes(`execve("${emulator}"`));
  return lines.slice(start).flatMap((line) => parseCall(directory, line));
}

function parseCall(directory: string, line: string): Use[] {
  const opened = /(?:open|openat|creat)\((?:AT_FDCWD, )?"([^"]+)", (\S+?)(?:, \d+)?\) = \d/.exec(
    line,
  );
  if (opened?.[1] !== undefined) {
    const isWritten = /O_RDWR|O_WRONLY|O_CREAT/.test(opened[2] ?? '');
    return [{ path: resolve(directory, opened[1]), isWritten }];
  }
  const socket = /(?:bind|connect)\(.*sun_path="([^"]+)".* = 0/.exec(line)?.[1];
  return socket === undefined ? [] : [{ path: resolve(directory, socket), isWritten: true }];
}

function compare(shape: Shape, plan: QemuArguments, uses: readonly Use[]): void {
  assert.deepEqual(
    uses.filter((use) => isOfInterest(use) && !isPlanned(use, plan)),
    [],
    'what is opened is planned',
  );
  const isUsed = (path: string, access: string) =>
    uses.some((use) => covers(path, use.path) && (use.isWritten || access === 'ro'));
  const unused = plan.paths.filter(
    ({ path, kind, access, optional }) =>
      !optional &&
      !shape.unopened?.some((name) => path.endsWith(name)) &&
      !isUsed(path, shape.isIdle || kind === 'config' ? 'ro' : access),
  );
  assert.deepEqual(unused, [], 'what is planned is opened so');
}

const own = /^\/(?:usr|etc|proc|sys|lib|lib64)\/|^\/dev\/(?:null|zero|u?random|shm|hugepages)$/;

/** What is the user's, not the emulator's own libraries, firmware and settings. */
function isOfInterest({ path }: Use): boolean {
  if (own.test(path)) return false;
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined || !file.isDirectory();
}

function isPlanned({ path, isWritten }: Use, plan: QemuArguments): boolean {
  if (plan.hasTemporaryFiles && /^\/var\/tmp\/vl\.\w{6}$/.test(path)) return true;
  return plan.paths.some(
    (planned) => covers(planned.path, path) && (planned.access === 'rw' || !isWritten),
  );
}

/** A directory covers what is below it. */
function covers(planned: string, path: string): boolean {
  return path === planned || path.startsWith(`${planned}/`);
}
