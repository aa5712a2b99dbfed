import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltRoot, findMirror, keyring, type Release } from './build-root.ts';
import { runTool, type ToolOptions, type ToolResult } from './tool.ts';

/**
 * A directory with packages of a Debian release and all that they depend on, unpacked: no script of theirs
 * is run. Made when it is not in the cache yet. Nothing may be written below it.
 */
export function unpackPackages(release: Release, packages: readonly string[]): BuiltRoot {
  const path = join(cacheDirectory, keyOf(release, packages));
  if (existsSync(path)) return { path };
  const reason = findObstacle() ?? unpack(release, packages, path);
  return reason === null ? { path } : { reason };
}

/** Runs a program of unpacked packages by its path and words, with their own C library and nothing of what is installed here. */
export function runUnpacked(
  root: string,
  words: readonly string[],
  options: ToolOptions = {},
): ToolResult {
  const [program = '', ...args] = [...loaderWords(root), ...words];
  return runTool(program, args, options);
}

/** The words before the path of a program that has it run so. */
export function loaderWords(root: string): readonly string[] {
  const loader = isArm ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';
  return [join(librariesOf(root), loader), '--library-path', librariesOf(root)];
}

/** Where the libraries of unpacked packages are. */
export function librariesOf(root: string): string {
  return join(root, 'usr/lib', isArm ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');
}

const isArm = process.arch === 'arm64';
const cacheDirectory = join(
  process.env['XDG_CACHE_HOME'] || '/var/cache',
  'virt-privileges/packages',
);
/** Counted up when packages are unpacked in another way. */
const format = 1;

function keyOf(release: Release, packages: readonly string[]): string {
  const content = JSON.stringify([format, process.arch, packages]);
  return `${release}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}

function findObstacle(): string | null {
  const missing = ['apt-get', 'dpkg-deb', 'flock', 'tar'].find(
    (program) => runTool('which', [program]).status !== 0,
  );
  if (missing !== undefined) return `needs ${missing} to unpack packages of another release`;
  return existsSync(keyring) ? null : `needs ${keyring} to unpack packages of another release`;
}

// Two test files that want the same packages wait for each other; the lock goes with whoever holds it.
function unpack(release: Release, packages: readonly string[], path: string): string | null {
  const mirror = findMirror();
  if (mirror === null) return 'apt knows no mirror of Debian to take packages from';
  try {
    mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
  } catch {
    return `cannot make ${cacheDirectory}: set XDG_CACHE_HOME to a directory of your own`;
  }
  const words = ['sh', '-eu', '-c', script, 'sh', path, release, mirror, keyring, ...packages];
  const { status } = spawnSync('flock', [`${path}.lock`, ...words], { stdio: 'ignore' });
  return status === 0 ? null : `no packages of ${release} from ${mirror}: ${lastLine(path)}`;
}

// An apt of its own: it knows nothing of what is installed here, and runs no hook of this machine's.
const script = `
final=$1 release=$2 mirror=$3 keyring=$4
shift 4
[ ! -d "$final" ] || exit 0
exec >"$final.log" 2>&1 </dev/null
partial=$final.partial
rm -rf "$partial"
mkdir -p "$partial/apt/etc/apt.conf.d" "$partial/apt/etc/preferences.d" "$partial/apt/lists/partial" "$partial/apt/archives/partial" "$partial/root"
cd "$partial/apt"
echo "deb [signed-by=$keyring] $mirror $release main" >etc/sources.list
: >status
settings=$(apt-config dump | grep -E '^Acquire::(https?|Check-Valid-Until)' || true)
cat >apt.conf <<END
$settings
Dir::Etc "$partial/apt/etc/";
Dir::State "$partial/apt/";
Dir::State::status "$partial/apt/status";
Dir::Cache "$partial/apt/";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "1";
Debug::NoLocking "1";
END
export APT_CONFIG="$partial/apt/apt.conf" LC_ALL=C
apt-get -qq update
apt-get -qq -y --download-only install "$@"
for package in archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$partial/root" --no-same-owner \\
    --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale \\
    --exclude=./usr/share/qemu --exclude='./usr/bin/qemu*' --exclude=./usr/lib/ipxe
done
mv "$partial/root" "$final"
rm -rf "$partial"
`;

function lastLine(path: string): string {
  const log = `${path}.log`;
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return text.trim().split('\n').at(-1) || 'apt did not start';
}
