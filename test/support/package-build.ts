import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedArchives } from './archives.ts';
import { runInRoot } from './release-root.ts';
import { isRoot, projectRoot } from './scratch.ts';
import { needs, runTool, type ToolResult } from './tool.ts';

/** The packages of one build. */
export interface Packages {
  readonly programs: string;
  readonly host: string;
  readonly macros: string;
  readonly source: string;
  /** What rpmbuild printed. */
  readonly log: string;
}

/** The version that the packages bear. */
export const version = String(
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')).version,
);

/** Where the programs and what they read are installed. */
export const home = '/usr/lib/node_modules/virt-privileges';

/** For `queryPackage`: every file with its mode and owner. */
export const listing = '[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME}\\n]';

/** What Fedora compiles with, without the plug-ins and spec files that only its compiler has. */
export const distroFlags = {
  cflags:
    '-O2 -flto=auto -ffat-lto-objects -fexceptions -g -grecord-gcc-switches -pipe -Wall ' +
    '-Werror=format-security -Wp,-U_FORTIFY_SOURCE,-D_FORTIFY_SOURCE=3 -Wp,-D_GLIBCXX_ASSERTIONS ' +
    '-fstack-protector-strong -fasynchronous-unwind-tables -fstack-clash-protection',
  ldflags: '-Wl,-z,relro -Wl,--as-needed -Wl,-z,now',
} as const;

/** For a test's options: the build has no network, which takes a namespace. */
export const canBuild = isRoot
  ? needs('rpmbuild')
  : { skip: 'needs root: it builds without network' };

/** Runs rpmbuild of this machine without network on a directory that `npm run dist` made. */
export function runBuild(
  sources: string,
  top: string,
  goal = '-ba',
  ...more: readonly string[]
): ToolResult {
  const defines = [`_sourcedir ${sources}`, `_topdir ${top}`, ...more];
  const words = defines.flatMap((define) => ['--define', define]);
  const spec = join(sources, 'virt-privileges.spec');
  return runTool('unshare', ['--net', 'rpmbuild', goal, ...words, spec]);
}

let built: Promise<Packages> | undefined;

/** The packages as this machine's rpm makes them with a distribution's flags, once for all tests of a file. */
export function sharedPackages(): Promise<Packages> {
  built ??= buildShared();
  return built;
}

async function buildShared(): Promise<Packages> {
  const top = makeShared('packages');
  const { cflags, ldflags } = distroFlags;
  const flags = [`build_cflags ${cflags}`, `build_ldflags ${ldflags}`];
  return findPackages(top, runBuild(await sharedArchives(), top, '-ba', ...flags));
}

/** Builds with the rpm of a release's root, in that root and without network; its paths are the machine's. */
export async function buildInRoot(root: string): Promise<Packages> {
  cpSync(await sharedArchives(), join(root, 'srv/sources'), { recursive: true });
  const defines = ['--define', '_sourcedir /srv/sources', '--define', '_topdir /srv/top'];
  const words = ['rpmbuild', '-ba', ...defines, '/srv/sources/virt-privileges.spec'];
  return findPackages(join(root, 'srv/top'), runInRoot(root, words));
}

function findPackages(top: string, { status, stdout, stderr }: ToolResult): Packages {
  assert.equal(status, 0, stderr);
  const find = (directory: string, start: RegExp) => {
    const name = readdirSync(join(top, directory)).find((file) => start.test(file));
    return join(top, directory, name ?? '');
  };
  const [machine = ''] = readdirSync(join(top, 'RPMS')).filter((name) => name !== 'noarch');
  return {
    programs: find(`RPMS/${machine}`, /^virt-privileges-\d/),
    host: find('RPMS/noarch', /^virt-privileges-host-/),
    macros: find('RPMS/noarch', /^virt-privileges-rpm-macros-/),
    source: find('SRPMS', /\.src\.rpm$/),
    log: stdout + stderr,
  };
}

/** The lines of a query of a package file. */
export function queryPackage(file: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = runTool('rpm', ['-qp', ...args, file]);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

let unpacked: Promise<string> | undefined;

/** The files of the programs' package below a directory, as rpm unpacks them; nothing may be written there. */
export function sharedTree(): Promise<string> {
  unpacked ??= unpackShared();
  return unpacked;
}

async function unpackShared(): Promise<string> {
  const { programs } = await sharedPackages();
  const root = makeShared('tree');
  const words = ['--root', root, '-i', '--nodeps', '--noscripts', '--noplugins', '--nosignature'];
  const { status, stderr } = runTool('rpm', [...words, programs]);
  assert.equal(status, 0, stderr);
  return root;
}

function makeShared(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `virt-privileges-${name}-`));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}
