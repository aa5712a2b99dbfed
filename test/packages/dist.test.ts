import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { loadArchives, loadVendored, sharedArchives, type Vendored } from '../support/archives.ts';
import { makeScratch, projectRoot } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const { name, version, license } = JSON.parse(
  readFileSync(join(projectRoot, 'package.json'), 'utf8'),
);
const stem = `${name}-${version}`;
const spec = readFileSync(join(projectRoot, 'rpm/virt-privileges.spec'), 'utf8');
const { readVendored, bundledProvides, bundledLicence, licenceTable } = await loadVendored();
const vendored = readVendored(projectRoot);

function readAll(directory: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(directory)
      .sort()
      .map((file) => [file, readFileSync(join(directory, file)).toString('base64')]),
  );
}

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly time: string;
  readonly path: string;
}

/** What stands in an archive, in its order. */
function listArchive(file: string): readonly Entry[] {
  const { stdout } = runTool('tar', ['-tvf', file, '--numeric-owner', '--utc', '--full-time']);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , day, hour, ...path] = line.split(/\s+/);
      return { mode, owner, time: `${day} ${hour}`, path: path.join(' ') };
    });
}

test('what rpmbuild takes is there, and nothing else', async () => {
  const parts = ['accounts', 'device', 'files', 'install', 'postun', 'preamble', 'preun'];
  assert.deepEqual(readdirSync(await sharedArchives()).sort(), [
    `${stem}-bundled-licenses.txt`,
    `${stem}-nm-prod.tgz`,
    `${stem}.tar.gz`,
    ...parts.map((part) => `virt-privileges-${part}.inc`),
    'virt-privileges.rpmlintrc',
    'virt-privileges.spec',
  ]);
});

test('another directory, another time and another umask give the same bytes', async (context) => {
  const copy = join(makeScratch(context), 'copy');
  const umask = process.umask(0o027);
  try {
    copyProject(copy);
    const { makeArchives } = await loadArchives(copy);
    await makeArchives(join(copy, 'out'));
  } finally {
    process.umask(umask);
  }
  assert.deepEqual(readAll(join(copy, 'out')), readAll(await sharedArchives()));
});

/** A checkout elsewhere, made at another time, with what a developer leaves lying about. */
function copyProject(copy: string): void {
  mkdirSync(copy);
  const left = ['.git', 'node_modules', 'build', 'dist', 'archives'];
  for (const entry of readdirSync(projectRoot).filter((each) => !left.includes(each)))
    cpSync(join(projectRoot, entry), join(copy, entry), { recursive: true });
  cpSync(join(projectRoot, 'dist/native'), join(copy, 'dist/native'), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
  writeFileSync(join(copy, 'src/.errors.ts.swp'), 'left by an editor');
  writeFileSync(join(copy, 'docs/architecture.md~'), 'left by an editor');
  utimesSync(join(copy, 'README.md'), 1e9, 1e9);
}

test('entries are sorted, belong to root and bear no time of their own', async () => {
  const out = await sharedArchives();
  for (const file of [`${stem}.tar.gz`, `${stem}-nm-prod.tgz`]) {
    const entries = listArchive(join(out, file));
    assert.ok(entries.length > 100);
    // A directory sorts as its name without the slash.
    const paths = entries.map(({ path }) => path.replace(/\/$/, '').replaceAll('/', '\0'));
    assert.deepEqual(paths, paths.toSorted());
    const facts = new Set(entries.map(({ owner, time }) => `${owner} ${time}`));
    assert.deepEqual([...facts], ['0/0 1985-10-26 08:15:00']);
    const modes = new Set(entries.map(({ mode }) => mode));
    assert.deepEqual(
      [...modes].filter((mode) => !['drwxr-xr-x', '-rwxr-xr-x', '-rw-r--r--'].includes(mode)),
      [],
    );
    // Of a gzip header: no name, no time.
    assert.deepEqual([...readFileSync(join(out, file)).subarray(3, 8)], [0, 0, 0, 0, 0]);
  }
});

test('SOURCE_DATE_EPOCH is the time of every entry, and nonsense in it is refused', async (context) => {
  const out = makeScratch(context);
  const { makeArchives } = await loadArchives();
  context.after(() => delete process.env['SOURCE_DATE_EPOCH']);
  process.env['SOURCE_DATE_EPOCH'] = '1700000000';
  await makeArchives(out);
  const times = new Set(listArchive(join(out, `${stem}.tar.gz`)).map(({ time }) => time));
  assert.deepEqual([...times], ['2023-11-14 22:13:20']);
  process.env['SOURCE_DATE_EPOCH'] = 'now';
  await assert.rejects(makeArchives(out), /SOURCE_DATE_EPOCH is no number of seconds: now/);
});

test('the sources hold what builds the programs, and the programs as JavaScript without npm packages', async () => {
  const file = join(await sharedArchives(), `${stem}.tar.gz`);
  const paths = new Set(listArchive(file).map(({ path }) => path));
  const expected = ['LICENSE', 'package-lock.json', 'src/runtime/native/Makefile'];
  const built = ['dist/provision.mjs', 'dist/qemu-launch.cjs', 'templates/qemu.conf.ejs'];
  const headers = ['node-api-headers/include/node_api.h', 'node-api-headers/LICENSE'];
  for (const path of [...expected, ...built, ...headers, 'scripts/build.mjs', 'rpm/policy.yaml'])
    assert.ok(paths.has(`${stem}/${path}`), path);
  const strange = [...paths].filter((path) =>
    /node_modules|\/\.|~$|dist\/native|\.rpm$/.test(path),
  );
  assert.deepEqual(strange, []);
  assert.doesNotMatch(gunzipSync(readFileSync(file)).toString('latin1'), /\/\/ node_modules\//);
});

test('the modules are those that the lock file calls production, each in its version', async (context) => {
  const scratch = makeScratch(context);
  const file = join(await sharedArchives(), `${stem}-nm-prod.tgz`);
  assert.equal(runTool('tar', ['-xf', file, '-C', scratch]).status, 0);
  const found = listArchive(file)
    .map(({ path }) => /^(.*node_modules\/(?:@[^/]+\/)?[^/@]+)\/package\.json$/.exec(path)?.[1])
    .filter((path) => path !== undefined);
  assert.deepEqual(found.toSorted(), lockedPaths());
  for (const { path, version } of vendored) {
    const own = JSON.parse(readFileSync(join(scratch, path, 'package.json'), 'utf8'));
    assert.equal(own.version, version, path);
  }
});

/** The lock file read once more, by other means than the script's. */
function lockedPaths(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  return Object.keys(lock.packages)
    .filter((path) => path !== '' && lock.packages[path].dev !== true)
    .toSorted();
}

test('the spec bears the version, the licence and the bundled packages of package.json and the lock file', () => {
  assert.equal(/^Version: +(.*)$/m.exec(spec)?.[1], version);
  assert.equal(/^License: +(.*)$/m.exec(spec)?.[1], bundledLicence(vendored, license));
  const provides = [...spec.matchAll(/^Provides: +(.*)$/gm)].map(([, line]) => line);
  assert.deepEqual(provides, bundledProvides(vendored));
});

test('the list of licences names every bundled package', async () => {
  const text = readFileSync(join(await sharedArchives(), `${stem}-bundled-licenses.txt`), 'utf8');
  assert.equal(text, licenceTable(vendored));
  for (const each of vendored)
    assert.ok(text.includes(`${each.license}\t${each.name}\t${each.version}\n`), each.name);
});

test('licences are joined to one expression, names stand once', () => {
  const make = (name: string, license: string): Vendored => {
    return { path: `node_modules/${name}`, name, version: '1.0.0', license };
  };
  const list = [make('b', 'MIT'), make('a', '(WTFPL OR MIT)'), make('b', 'MIT')];
  assert.equal(bundledLicence(list, 'Apache-2.0'), '(WTFPL OR MIT) AND Apache-2.0 AND MIT');
  assert.deepEqual(bundledProvides(list), [
    'bundled(nodejs-a) = 1.0.0',
    'bundled(nodejs-b) = 1.0.0',
  ]);
});

test('another version in node_modules than in the lock file is an error', (context) => {
  const root = makeScratch(context);
  const packages = { '': {}, 'node_modules/a': { version: '1.0.1' } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(join(root, 'node_modules/a'), { recursive: true });
  const file = join(root, 'node_modules/a/package.json');
  writeFileSync(file, '{"name":"a","version":"1.0.0","license":"MIT"}');
  assert.throws(() => readVendored(root), {
    message: 'node_modules/a is version 1.0.0, the lock file says 1.0.1: run npm ci',
  });
  writeFileSync(file, '{"name":"a","version":"1.0.1"}');
  assert.throws(() => readVendored(root), {
    message: 'node_modules/a: package.json names no licence',
  });
});
