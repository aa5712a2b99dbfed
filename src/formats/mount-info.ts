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
  const line = text
    .split('\n')
    .findLast((each) => unescapeOctal(each.split(' ')[4] ?? '') === place);
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
