import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './scratch.ts';
import { runTool } from './tool.ts';

/** A Debian release that tests run real tools of. */
export type Release = 'bookworm' | 'trixie' | 'sid';
/** A root of a release; with a word behind it, one that has more in it. */
export type Flavour = Release | 'trixie-libvirt' | 'trixie-ansible' | 'trixie-chromium';

/** Where the pristine root is, or why there can be none here. */
export type BuiltRoot =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path?: undefined; readonly reason: string };

/**
 * The pristine root of a release, made with debootstrap when it is not in the cache yet (a minute or
 * two, then never again). Nothing may be written below it.
 */
export function buildRoot(flavour: Flavour): BuiltRoot {
  if (!isRoot) return { reason: 'needs root: it runs programs in the root of another release' };
  const path = join(cacheDirectory, keyOf(flavour));
  if (existsSync(path)) return { path };
  const reason = findObstacle() ?? build(flavour, path);
  return reason === null ? { path } : { reason };
}

/** Where the pristine roots are. */
export const cacheDirectory = join(
  process.env['XDG_CACHE_HOME'] || '/var/cache',
  'virt-privileges/roots',
);
/** Whose signature of Debian's lists is believed. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Counted up when roots are made in another way. */
const format = 1;

const system = ['systemd', 'systemd-sysv', 'udev', 'rpm', 'file', 'passwd', 'acl'];
const compiler = ['gcc', 'libc6-dev', 'make', 'pkg-config', 'libcap-ng-dev', 'nodejs'];
const signing = ['gpg', 'gpg-agent'];
const emulator = [
  process.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86',
  'qemu-utils',
  'libcap-ng0',
];
const libvirt = ['dbus', 'libvirt-daemon-system', 'libvirt-clients', 'bubblewrap', ...emulator];
/** Everywhere rpm and systemd; where the package of the programs is built and run also what that takes. */
const packages: Readonly<Record<Flavour, readonly string[]>> = {
  bookworm: system,
  trixie: [...system, ...compiler, ...emulator],
  sid: [...system, ...compiler, ...signing],
  'trixie-libvirt': [...system, 'nodejs'],
  'trixie-ansible': [...system, 'nodejs'],
  'trixie-chromium': ['fonts-dejavu-core'],
};
/** What debootstrap cannot put in, since it knows no alternatives: apt does, in the root. */
const additions: Readonly<Partial<Record<Flavour, readonly string[]>>> = {
  'trixie-libvirt': libvirt,
  'trixie-ansible': ['libcap-ng0', 'ansible-core'],
  // Some 400 MB with what it needs: too much for the machine itself.
  'trixie-chromium': ['chromium'],
};

function keyOf(flavour: Flavour): string {
  const lists = [packages[flavour], ...(additions[flavour] ?? [])];
  const content = JSON.stringify([format, process.arch, ...lists]);
  return `${flavour}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}

function findObstacle(): string | null {
  const missing = ['debootstrap', 'flock', 'unshare', 'wget', 'apt-get'].find(
    (program) => runTool('which', [program]).status !== 0,
  );
  if (missing !== undefined) return `needs ${missing} to make the root of another release`;
  return existsSync(keyring) ? null : `needs ${keyring} to make the root of another release`;
}

// Two test files that want the same root wait for each other; the lock goes with whoever holds it.
function build(flavour: Flavour, path: string): string | null {
  const [release = ''] = flavour.split('-');
  const mirror = findMirror();
  if (mirror === null) return 'apt knows no mirror of Debian to make the root of a release from';
  mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
  const lists = [packages[flavour].join(), ...(additions[flavour] ?? [])];
  const words = [`${path}.lock`, 'unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const script = ['sh', '-eu', '-c', buildScript, 'sh', path, release, mirror, keyring, ...lists];
  const { status } = spawnSync('flock', [...words, ...script], { stdio: 'ignore' });
  return status === 0 ? null : `no root of ${flavour} from ${mirror}: ${lastLine(`${path}.log`)}`;
}

// In a mount namespace of its own, so that nothing stays mounted when this is killed half way.
const buildScript = `
final=$1 release=$2 mirror=$3 keyring=$4 include=$5
shift 5
[ ! -d "$final" ] || exit 0
exec >"$final.log" 2>&1 </dev/null
rm -rf --one-file-system "$final.partial"
wget --quiet --tries=1 --timeout=20 --output-document=/dev/null "$mirror/dists/$release/Release" || {
  echo "the mirror cannot be reached"
  exit 1
}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
debootstrap --variant=minbase --keyring="$keyring" --include="$include" \\
  "$release" "$final.partial" "$mirror"
if [ $# -gt 0 ]; then
  settings=$final.partial/etc/apt/apt.conf.d/machine
  apt-config dump | grep -E '^Acquire::(https?|Check-Valid-Until|Check-Date)' >"$settings" || true
  mount -t proc proc "$final.partial/proc"
  chroot "$final.partial" apt-get -qq -o APT::Update::Error-Mode=any update
  DEBIAN_FRONTEND=noninteractive chroot "$final.partial" \\
    apt-get -qq -y --no-install-recommends install "$@"
  umount "$final.partial/proc"
  rm "$settings"
fi
rm -f "$final.partial"/var/cache/apt/archives/*.deb "$final.partial"/var/cache/apt/*.bin
mv "$final.partial" "$final"
`;

/** The mirror of Debian that this machine's apt uses, or null. */
export function findMirror(): string | null {
  const format = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const lines = runTool('apt-get', ['indextargets', '--format', format]).stdout.split('\n');
  const prefix = 'Debian|Debian|';
  const line = lines.find((line) => line.startsWith(prefix));
  return line === undefined ? null : line.slice(prefix.length).replace(/\/$/, '');
}

function lastLine(log: string): string {
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return text.trim().split('\n').at(-1) || 'debootstrap did not start';
}
