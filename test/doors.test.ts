import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './support/scratch.ts';

const source = join(projectRoot, 'src');

/** Which rooms a room may enter; a room may always enter itself, and everybody errors.ts. */
const doors: Readonly<Record<string, readonly string[]>> = {
  bin: ['cli', 'runtime'],
  cli: ['generate', 'host', 'verify', 'policy', 'targets', 'formats'],
  generate: ['policy', 'targets', 'formats'],
  host: ['generate', 'policy', 'targets', 'formats', 'runtime/native.ts'],
  verify: ['policy', 'targets', 'formats', 'runtime/native.ts'],
  policy: ['targets', 'formats'],
  targets: ['formats'],
  runtime: ['formats'],
  formats: [],
};

/** Rooms and files that touch no file, no process and no clock; type imports carry no effect. */
const pure = [
  'errors.ts',
  'formats/',
  'policy/',
  'targets/',
  'generate/',
  'runtime/launch-plan.ts',
  'runtime/confinement.ts',
  'runtime/confinement/',
  'runtime/qemu-args/',
];
const pureModules = ['node:path', 'node:path/posix', 'node:util', 'node:crypto', 'node:buffer'];
const oncePackages = ['commander', 'listr2', 'execa', 'fs-extra', 'ejs', 'diff'];
/** What costs start-up time, or does what the native part does better. */
const forbiddenInRuntime = ['node:child_process', 'node:crypto', 'node:net', 'node:fs/promises'];

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

const files = readdirSync(source, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts'));

const imports = files.flatMap(readImports);

function readImports(file: string): readonly Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const pattern =
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)|\brequire\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map(([, isType, plain, dynamic, required]) => ({
    file,
    target: resolveTarget(file, plain ?? dynamic ?? required ?? ''),
    isType: isType !== undefined,
  }));
}

function resolveTarget(file: string, name: string): string {
  return name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
}

function isLocal({ target }: Import): boolean {
  return target.endsWith('.ts');
}

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function packageOf(target: string): string {
  return target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : roomOf(target);
}

function show(list: readonly Import[]): readonly string[] {
  return list.map(({ file, target }) => `${file} → ${target}`);
}

test('the walk sees the imports that are there', () => {
  assert.ok(files.length > 40);
  assert.ok(
    imports.some(
      ({ file, target }) => file === 'bin/qemu-launch.ts' && target === 'runtime/main.ts',
    ),
  );
});

test('every import goes through a door', () => {
  const wrong = imports.filter(isLocal).filter(({ file, target }) => {
    const [from, to] = [roomOf(file), roomOf(target)];
    if (to === 'errors.ts' || from === to) return false;
    const open = doors[from] ?? [];
    return !open.includes(to) && !open.includes(target);
  });
  assert.deepEqual(show(wrong), []);
});

test('pure rooms touch no file, no process and no clock', () => {
  const isPure = (file: string) => pure.some((start) => file.startsWith(start));
  const wrong = imports.filter(({ file, target, isType }) => {
    if (!isPure(file) || isType) return false;
    if (target.startsWith('node:')) return !pureModules.includes(target);
    return target.endsWith('.ts') && !isPure(target);
  });
  assert.deepEqual(show(wrong), []);
  const globals = files.filter(isPure).filter((file) => {
    return /\b(process\.(?!version)|Date\.now|new Date\(|performance\.|Math\.random)/.test(
      readFileSync(join(source, file), 'utf8'),
    );
  });
  assert.deepEqual(globals, []);
});

test('the launcher takes built-in modules only, and none that costs its start', () => {
  const reachable = reach('bin/qemu-launch.ts');
  const wrong = imports.filter(({ file, target, isType }) => {
    if (!reachable.has(file) || isType || target.endsWith('.ts')) return false;
    return !target.startsWith('node:') || forbiddenInRuntime.includes(target);
  });
  assert.deepEqual(show(wrong), []);
});

function reach(start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const todo = [start];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const each of imports)
      if (each.file === file && isLocal(each) && !each.isType) todo.push(each.target);
  }
  return seen;
}

test('each of the larger packages is imported in one place', () => {
  const counts = oncePackages.map((name) => {
    const importers = new Set(
      imports.filter(({ target }) => packageOf(target) === name).map(({ file }) => file),
    );
    return [name, importers.size <= 1 ? 'at most one' : [...importers].join(' ')];
  });
  assert.deepEqual(
    counts,
    oncePackages.map((name) => [name, 'at most one']),
  );
});

test('built-in modules are named as such', () => {
  const wrong = imports.filter(({ target }) => builtinModules.includes(target));
  assert.deepEqual(show(wrong), []);
});

test('no source file is longer than 250 lines', () => {
  const long = readdirSync(source, { recursive: true })
    .map(String)
    .filter((name) => /\.(ts|c|h)$/.test(name))
    .filter((name) => readFileSync(join(source, name), 'utf8').split('\n').length > 251);
  // The bindings of files are a flat list of small functions.
  assert.deepEqual(long, []);
});
