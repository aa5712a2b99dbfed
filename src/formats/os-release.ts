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

/** The target id of a release, such as `fedora-44`; null when os-release names no distribution. */
export function targetId(release: OsRelease): string | null {
  const id = release['ID'] ?? '';
  const version = release['VERSION_ID'] ?? '';
  const major = version.split('.')[0] ?? '';
  if (id === '') return null;
  if (id === 'fedora') return isRawhide(release) ? 'rawhide' : `fedora-${major}`;
  if (id === 'debian') return `debian-${major === '' ? 'sid' : major}`;
  if (id === 'opensuse-tumbleweed') return id;
  if (id === 'centos' || id === 'rhel') return `${id}-${major}`;
  if (isRebuild(release)) return `rhel-${major}`;
  return version === '' ? id : `${id}-${version}`;
}

// A rawhide system has a version number too; this field is what tells it apart.
function isRawhide(release: OsRelease): boolean {
  return release['REDHAT_BUGZILLA_PRODUCT_VERSION'] === 'rawhide';
}

// AlmaLinux, Rocky Linux and their like are RHEL under another name.
function isRebuild(release: OsRelease): boolean {
  return (release['ID_LIKE'] ?? '').split(' ').includes('rhel');
}
