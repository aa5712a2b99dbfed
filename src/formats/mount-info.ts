/** One mount, as far as it tells whether the same file system is in the same place. */
export interface Mount {
  /** `MAJOR:MINOR` of the file system. */
  readonly device: string;
  /** Which directory of the file system is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/** The mount of this number; null when there is none. */
export function findMount(text: string, id: number): Mount | null {
  // One of thousands of lines: the others are not taken apart.
  const [line] = new RegExp(`^${id} .*$`, 'm').exec(text) ?? [];
  return line === undefined ? null : parseMount(line);
}

function parseMount(line: string): Mount {
  const [before = '', after = ''] = line.split(' - ');
  const [, , device = '', root = '', point = ''] = before.split(' ').map(unescapeOctal);
  return { device, root, point, type: after.split(' ')[0] ?? '' };
}

/** The line of the newest mount at exactly this place. */
function findLine(text: string, place: string): string | undefined {
  return text.split('\n').findLast((each) => unescapeOctal(each.split(' ')[4] ?? '') === place);
}

/**
 * Whether what was mounted there is so still: the same directory of a file system of that kind, by whatever mount it
 * is seen. Within one boot (`sameBoot`) it must be the very same file system.
 */
export function isMounted(text: string, mount: Mount, sameBoot: boolean): boolean {
  const now = parseMount(findLine(text, findMountPoint(text, mount.point)) ?? '');
  if (sameBoot && now.device !== mount.device) return false;
  return (
    now.type === mount.type && directoryAt(now, mount.point) === directoryAt(mount, mount.point)
  );
}

/** Which directory of its file system stands at a path. */
function directoryAt({ root, point }: Mount, path: string): string {
  const below = path.slice(point === '/' ? 0 : point.length);
  return root === '/' ? below || '/' : root + below.replace(/\/$/, '');
}

/**
 * The mount point that an absolute path without links lies below: the longest one of /proc/PID/mountinfo, of several
 * in one place the newest. `/` when none fits. Source: proc_pid_mountinfo(5).
 */
export function findMountPoint(text: string, path: string): string {
  const below = `${path}/`;
  return text
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map(unescapeOctal)
    .filter((point) => below.startsWith(point === '/' ? point : `${point}/`))
    .reduce((longest, point) => (point.length >= longest.length ? point : longest), '/');
}

/** The options of the newest mount at exactly this place, those of its file system among them; null when there is none. */
export function findMountOptions(text: string, place: string): readonly string[] | null {
  const line = findLine(text, place);
  if (line === undefined) return null;
  const [mount = '', fileSystem = ''] = line.split(' - ');
  const words = [mount.split(' ')[5], fileSystem.split(' ')[2]];
  return words.flatMap((word) => word?.split(',') ?? []);
}

// Blank, tab, line feed and backslash stand as \ooo.
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => {
    return String.fromCharCode(Number.parseInt(digits, 8));
  });
}
