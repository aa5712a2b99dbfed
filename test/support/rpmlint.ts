import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findMirror } from './build-root.ts';
import { cachePath } from './cache.ts';
import { projectRoot } from './scratch.ts';
import { needs, runTool } from './tool.ts';

/** rpmlint's own sources in Debian's pool, which hold the configuration of Fedora that its package leaves out. */
const sources = [
  {
    file: 'rpmlint_2.4.0+ds1.orig.tar.xz',
    sha256: 'a4fd951b1d75407f33a6e2e51b17200af9f054f66a5982cf3d869862bd599e43',
  },
  {
    file: 'rpmlint_2.7.0.orig.tar.gz',
    sha256: '10adb0b1a371eb2076ca2c59273c25e705f40a012fe8f9303f9ded7dd3310b50',
  },
  {
    file: 'rpmlint_2.8.0.orig.tar.gz',
    sha256: '69884a3b80438698e41dc4b39658fae611b45ad6cfb31e38db76279bfb4288b1',
  },
] as const;
const configuration = cachePath('rpmlint-fedora');

/** For a test's options: skipped, with the reason, without rpmlint or Fedora's configuration for it. */
export function canLint(): { readonly skip: false | string } {
  const missing = ['rpmlint', 'checkbashisms', 'wget'].map((each) => needs(each).skip);
  return { skip: missing.find((reason) => reason !== false) ?? fetchConfiguration() ?? false };
}

/**
 * What rpmlint says on these packages: one line for each error and warning that our filters leave.
 * A filter without effect is an error, unless the packages are only a part of those it is for.
 */
export function runRpmlint(
  files: readonly string[],
  { isPart = false }: { readonly isPart?: boolean } = {},
): readonly string[] {
  const filters = join(projectRoot, 'rpm/virt-privileges.rpmlintrc');
  const unused = isPart ? ['--ignore-unused-rpmlintrc'] : [];
  const words = ['-c', configuration, '-r', filters, ...unused, ...files];
  const { stdout, stderr } = runTool('rpmlint', words);
  // Without its last line it has not come to an end.
  if (!/ packages? and .* specfiles? checked/.test(stdout)) throw new Error(stdout + stderr);
  return stdout.split('\n').filter((line) => /: [EW]: /.test(line));
}

function fetchConfiguration(): string | undefined {
  if (existsSync(configuration)) return undefined;
  const mirror = findMirror();
  if (mirror === null) return 'apt knows no mirror of Debian with the sources of rpmlint';
  try {
    mkdirSync(dirname(configuration), { recursive: true, mode: 0o700 });
    const scratch = mkdtempSync(`${configuration}.`);
    try {
      return unpackFirst(mirror, scratch);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  } catch {
    return `cannot write ${configuration}: set XDG_CACHE_HOME to a directory of your own`;
  }
}

function unpackFirst(mirror: string, scratch: string): string | undefined {
  const archive = join(scratch, 'archive');
  const isThere = sources.some(({ file, sha256 }) => {
    const address = `${mirror}/pool/main/r/rpmlint/${file}`;
    runTool('wget', ['--quiet', '--tries=1', '--timeout=20', '-O', archive, address]);
    return (
      createHash('sha256').update(readFileSync(archive)).digest('hex') === sha256 &&
      unpack(archive, scratch)
    );
  });
  if (!isThere) return `${mirror} has no sources of rpmlint that hold Fedora's configuration`;
  renameSync(join(scratch, 'configs/Fedora'), configuration);
  return undefined;
}

function unpack(archive: string, scratch: string): boolean {
  const words = ['--strip-components=1', '--wildcards', '*/configs/Fedora/*'];
  return runTool('tar', ['-xf', archive, '-C', scratch, ...words]).status === 0;
}
