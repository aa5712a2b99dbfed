// Makes what rpmbuild takes: the sources with the programs in JavaScript, the npm packages, the spec and its parts.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from './build.mjs';
import { licenceTable, readVendored } from './vendored.mjs';

const everything = { recursive: true };
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const contents = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'biome.json',
  'docs',
  'man',
  'package-lock.json',
  'package.json',
  'rpm',
  'scripts',
  'src',
  'templates',
  'test',
  'tsconfig.json',
];

/**
 * Writes into `out`: NAME-VERSION.tar.gz, -nm-prod.tgz, -bundled-licenses.txt, the spec and the fragments that
 * it includes. The same sources give the same bytes, wherever and whenever; returns the names.
 */
export async function makeArchives(out, { target = 'all' } = {}) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const stem = `${name}-${version}`;
  const work = { stem, date: sourceDate(), vendored: readVendored(root), out, target };
  const staging = mkdtempSync(join(tmpdir(), 'virt-privileges-dist-'));
  try {
    await stageSources(join(staging, stem));
    stageModules(staging, work.vendored);
    writeArchives(staging, work);
  } finally {
    // What a failed build still writes goes as well.
    rmSync(staging, { recursive: true, force: true, maxRetries: 5 });
  }
  return readdirSync(out).sort();
}

function writeArchives(staging, { stem, date, vendored, out, target }) {
  mkdirSync(out, { recursive: true });
  pack(staging, stem, date, join(out, `${stem}.tar.gz`));
  pack(staging, 'node_modules', date, join(out, `${stem}-nm-prod.tgz`));
  writeFileSync(join(out, `${stem}-bundled-licenses.txt`), licenceTable(vendored));
  copySpec(out);
  copyFragments(join(staging, stem), join(staging, 'host'), out, target);
}

// A build of a package has neither esbuild nor tsc, so our own TypeScript goes in as JavaScript too. The npm
// packages stay out of it: they come from their own archive, where a distribution sees, patches and replaces them.
// Node-API's headers are for systems without a package of them.
async function stageSources(directory) {
  for (const entry of contents.filter((each) => existsSync(join(root, each))))
    cpSync(join(root, entry), join(directory, entry), { ...everything, filter: isSource });
  const headers = 'node_modules/node-api-headers';
  for (const entry of ['LICENSE', 'package.json', 'include'])
    cpSync(join(root, headers, entry), join(directory, 'node-api-headers', entry), everything);
  await buildPrograms({ out: join(directory, 'dist'), packages: 'external' });
}

function isSource(path) {
  return !/^\.|~$/.test(basename(path));
}

/** Each package by itself: what lies below it is only there when the lock file names it. */
function stageModules(directory, vendored) {
  for (const { path } of vendored) {
    const from = join(root, path);
    const isOwn = (each) => !each.slice(from.length).split('/').includes('node_modules');
    cpSync(from, join(directory, path), { ...everything, filter: isOwn });
  }
}

/** GNU tar and gzip, since what zlib inside Node makes differs with its version and the processor. */
function pack(directory, entry, date, file) {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];
  const words = ['--format=ustar', '--sort=name', `--mtime=@${date}`, ...owner];
  const tar = execFileSync('tar', ['-cf', '-', ...words, '-C', directory, entry], large);
  writeFileSync(file, execFileSync('gzip', ['-9', '-n'], { input: tar, ...large }));
}

const large = { maxBuffer: 2 ** 30, env: { PATH: process.env.PATH, LC_ALL: 'C' } };

// npm's own constant when nobody names a time: a checkout has none that a copy of it would share.
function sourceDate() {
  const date = process.env.SOURCE_DATE_EPOCH ?? '499162500';
  if (!/^\d{1,11}$/.test(date))
    throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${date}`);
  return date;
}

function copySpec(out) {
  for (const name of ['virt-privileges.spec', 'virt-privileges.rpmlintrc'])
    copyFileSync(join(root, 'rpm', name), join(out, name));
}

/**
 * The spec's parser needs the fragments before anything is unpacked; the build makes them again and compares.
 * They come from the staged program on the staged modules, so what was packed is known to run.
 */
function copyFragments(sources, made, out, target) {
  cpSync(join(root, 'dist/native'), join(sources, 'dist/native'), everything);
  const policy = join(sources, 'rpm/policy.yaml');
  const words = ['generate', '--target', target, '--policy', policy, '--out', made];
  execFileSync(process.execPath, [join(sources, 'dist/provision.mjs'), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for (const name of readdirSync(made).filter((each) => each.endsWith('.inc')))
    copyFileSync(join(made, name), join(out, name));
}
