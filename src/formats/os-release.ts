/** The assignments of os-release(5). */
export type OsRelease = Readonly<Record<string, string>>;

/** Reads the shell-like assignments; lines that are none are skipped, a later one wins. */
export function parseOsRelease(text: string): OsRelease {
  return Object.fromEntries(text.split('\n').flatMap(parseLine));
}

function parseLine(line: string): readonly (readonly [string, string])[] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trim());
  if (match === null) return [];
  return [[match[1] ?? '', unquote(match[2] ?? '')]];
}

function unquote(text: string): string {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  const inner = /^".*"$/.test(text) ? text.slice(1, -1) : text;
  return inner.replace(/\\(.)/g, '$1');
}

/**
 * The target id of a release, such as `fedora-44`: the distribution's own, else that of the one it
 * is built from. Null when os-release names no distribution.
 */
export function targetId(release: OsRelease): string | null {
  const id = release['ID'] ?? '';
  if (id === '') return null;
  return ownId(id, release) ?? platformId(release) ?? originId(release) ?? plainId(id, release);
}

// Distributions that are in the table under their own names.
function ownId(id: string, release: OsRelease): string | null {
  const major = (release['VERSION_ID'] ?? '').split('.')[0] ?? '';
  switch (id) {
    case 'fedora':
      return isRawhide(release) ? 'rawhide' : `fedora-${major}`;
    case 'debian':
      return `debian-${major === '' ? 'sid' : major}`;
    case 'rhel':
    case 'centos':
    case 'opensuse-leap':
      return `${id}-${major}`;
    case 'opensuse-tumbleweed':
      return id;
    default:
      return null;
  }
}

// A rawhide system has a version number too; this field is what tells it apart.
function isRawhide(release: OsRelease): boolean {
  return release['REDHAT_BUGZILLA_PRODUCT_VERSION'] === 'rawhide';
}

// AlmaLinux, Rocky, Oracle Linux, Nobara and their like name what they rebuild: platform:el9, platform:f44.
function platformId(release: OsRelease): string | null {
  const [, family, major] = /^platform:(el|f)(\d+)$/.exec(release['PLATFORM_ID'] ?? '') ?? [];
  if (family === undefined) return null;
  return `${family === 'el' ? 'rhel' : 'fedora'}-${major}`;
}

/** What derived distributions call the release that they are built on. */
const codenames: ReadonlyMap<string | undefined, string> = new Map([
  ['bullseye', 'debian-11'],
  ['bookworm', 'debian-12'],
  ['trixie', 'debian-13'],
  ['focal', 'ubuntu-20.04'],
  ['jammy', 'ubuntu-22.04'],
  ['noble', 'ubuntu-24.04'],
  ['questing', 'ubuntu-25.10'],
  ['resolute', 'ubuntu-26.04'],
]);

function originId(release: OsRelease): string | null {
  const origins = (release['ID_LIKE'] ?? '').split(' ');
  if (origins.includes('opensuse-tumbleweed')) return 'opensuse-tumbleweed';
  if (origins.includes('rhel')) return rebuildId(release);
  if (release['ID'] === 'ubuntu' || !origins.includes('debian')) return null;
  return codenames.get(release['UBUNTU_CODENAME'] ?? release['DEBIAN_CODENAME']) ?? null;
}

// Rebuilds of RHEL 7 have no PLATFORM_ID. Amazon Linux says the same and counts in its own way.
function rebuildId(release: OsRelease): string | null {
  const major = (release['VERSION_ID'] ?? '').split('.')[0] ?? '';
  return release['ID'] === 'amzn' ? null : `rhel-${major}`;
}

function plainId(id: string, release: OsRelease): string {
  const version = release['VERSION_ID'] ?? '';
  return version === '' ? id : `${id}-${version}`;
}
