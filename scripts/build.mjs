// Makes dist/: the two programs and the native part. Run by `npm run build` and by the set-up.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const common = { bundle: true, platform: 'node', target: 'node20.19', absWorkingDir: root };
// The interpreter must not obey variables that load code; packages put the absolute path here.
const shebang = '#!/usr/bin/env -S -u NODE_OPTIONS -u NODE_EXTRA_CA_CERTS node';

/** `packages: 'external'` leaves the npm packages out of `provision`, to be found in node_modules when it runs. */
export async function buildPrograms({ out = join(root, 'dist'), packages = 'bundle' } = {}) {
  rmSync(join(out, 'provision'), { recursive: true, force: true });
  await Promise.all([buildLauncher(out), buildProvision(out, packages)]);
}

/** One CommonJS file: built-ins and the addon only, since each further file costs start-up time. */
async function buildLauncher(out) {
  const outfile = join(out, 'qemu-launch.cjs');
  await build({
    ...common,
    entryPoints: ['src/bin/qemu-launch.ts'],
    format: 'cjs',
    // Node parses the whole file at each start: half the bytes, most of a millisecond.
    minify: true,
    outfile,
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    banner: { js: shebang },
  });
  chmodSync(outfile, 0o755);
}

/** ES modules with splitting: each command's code is loaded when the command is called. */
async function buildProvision(out, packages) {
  await build({
    ...common,
    entryPoints: { provision: 'src/bin/provision.ts' },
    format: 'esm',
    splitting: true,
    packages,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'provision/[name]-[hash]',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
  });
  addShebang(join(out, 'provision.mjs'));
}

function addShebang(file) {
  writeFileSync(file, `${shebang}\n${readFileSync(file, 'utf8')}`);
  chmodSync(file, 0o755);
}

export function buildNative() {
  execFileSync('make', ['-s', '-C', join(root, 'src/runtime/native')], { stdio: 'inherit' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildNative();
  await buildPrograms();
}
