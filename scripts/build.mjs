// Makes dist/: the two programs and the native part. Run by `npm run build` and by the set-up.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Node parses whole files at each start: half the bytes, most of a millisecond.
const common = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  absWorkingDir: root,
};
// The interpreter must not obey variables that load code; packages put the absolute path here.
const shebang = '#!/usr/bin/env -S -u NODE_OPTIONS -u NODE_EXTRA_CA_CERTS node';

/** `packages: 'external'` leaves the npm packages out of `provision`, to be found in node_modules when it runs. */
export async function buildPrograms({ out = join(root, 'dist'), packages = 'bundle' } = {}) {
  mkdirSync(join(out, 'provision'), { recursive: true });
  await Promise.all([buildLauncher(out), buildProvision(out, packages), buildTargets(out)]);
}

/** One CommonJS file each: built-ins and the addon only, since every further file costs start-up time. */
async function buildLauncher(out) {
  await Promise.all([
    buildLauncherFile(out, 'qemu-launch', 0o755),
    buildLauncherFile(out, 'qemu-launch-service', 0o644),
  ]);
}

async function buildLauncherFile(out, name, mode) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [`src/bin/${name}.ts`],
    format: 'cjs',
    write: false,
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    ...(mode === 0o755 ? { banner: { js: shebang } } : {}),
  });
  replace(join(out, `${name}.cjs`), outputFiles[0].text, mode);
}

/** ES modules with splitting: each command's code is loaded when the command is called. */
async function buildProvision(out, packages) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { provision: 'src/bin/provision.ts' },
    format: 'esm',
    splitting: true,
    packages,
    outdir: out,
    write: false,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'provision/[name]-[hash]',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
  });
  const isEntry = ({ path }) => path === join(out, 'provision.mjs');
  const chunks = outputFiles.filter((file) => !isEntry(file));
  removeStale(out, chunks);
  for (const { path, text } of chunks) replace(path, text, 0o644);
  // Last, when all that it loads stands.
  for (const { path, text } of outputFiles.filter(isEntry))
    replace(path, `${shebang}\n${text}`, 0o755);
}

/** The table as the program reads it: to parse the YAML anew at each start takes longer than the rest. */
async function buildTargets(out) {
  const table = join(root, 'src/targets/targets.yaml');
  const parser = join(out, `.parse-targets-${process.pid}.cjs`);
  const entryPoints = ['src/targets/targets.ts'];
  try {
    await build({ ...common, entryPoints, format: 'cjs', outfile: parser });
    const { default: parsed } = await import(pathToFileURL(parser));
    const targets = parsed.parseTargets(readFileSync(table, 'utf8'), table);
    replace(join(out, 'targets.json'), `${JSON.stringify({ version: 1, targets })}\n`, 0o644);
  } finally {
    rmSync(parser, { force: true });
  }
}

/** Whoever runs the program meanwhile has the whole old file or the whole new one. */
function replace(path, text, mode) {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}

function removeStale(out, chunks) {
  const wanted = new Set(chunks.map(({ path }) => path));
  const present = readdirSync(join(out, 'provision')).map((name) => join(out, 'provision', name));
  for (const path of present) if (!wanted.has(path)) rmSync(path);
}

export function buildNative() {
  execFileSync('make', ['-s', '-C', join(root, 'src/runtime/native')], { stdio: 'inherit' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildNative();
  await buildPrograms();
}
