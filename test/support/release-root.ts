import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildRoot, cacheDirectory, type Flavour } from './build-root.ts';
import { makeScratch } from './scratch.ts';
import { runTool, type ToolResult } from './tool.ts';

export type { Release } from './build-root.ts';

/**
 * For a test's options: skipped, with the reason, where one of these roots cannot be made. The first
 * call on a machine makes them, which takes a minute each.
 */
export function needsReleases(...releases: readonly Flavour[]): { readonly skip: false | string } {
  const reasons = releases.map((release) => buildRoot(release).reason);
  return { skip: reasons.find((reason) => reason !== undefined) ?? false };
}

/** A root of that release for this test alone, to write in; it goes when the test ends. */
export function releaseRoot(context: TestContext, release: Flavour): string {
  const { path: lower, reason } = buildRoot(release);
  if (lower === undefined) throw new Error(reason);
  const scratch = makeScratch(context);
  const [layer, root] = [join(scratch, 'layer'), join(scratch, 'root')];
  for (const directory of [layer, root]) mkdirSync(directory);
  // What is written stays in memory: rpm flushes its database to disk after every step.
  mount('-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', layer);
  for (const name of ['upper', 'work']) mkdirSync(join(layer, name));
  const layers = `lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work`;
  mount('-t', 'overlay', '-o', layers, 'overlay', root);
  return root;
}

/** Shows a directory of the machine at a place in a root, whose path in the root it returns. */
export function bindInto(root: string, place: string, directory: string): string {
  mkdirSync(join(root, place), { recursive: true });
  mount('--rbind', directory, join(root, place));
  return place;
}

function mount(...words: readonly string[]): void {
  const { status, stderr } = runTool('mount', words);
  if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`);
}

export interface InRoot {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A kvm node of its own in /dev, 0600 root:root; the machine's node stays as it is. */
  readonly kvm?: boolean;
  /** The machine's sysfs, writable: it can send events of devices, so there is one such run at a time. */
  readonly sysfs?: boolean;
  /** Words of the machine before all that, such as strace's. */
  readonly wrapper?: readonly string[];
}

/**
 * Runs a program in a root, with a process tree, a network and a /dev of its own. What it starts ends
 * with it. The process is not the first of its tree, which a shell of the root is.
 */
export function runInRoot(
  root: string,
  words: readonly string[],
  { env = {}, input = '', ...options }: InRoot = {},
): ToolResult {
  const [program = '', ...args] = wordsInRoot(root, words, options);
  return runTool(program, args, { env: { HOME: '/root', ...env }, input });
}

/** The words that do so, for whoever starts the program and talks to it. */
export function wordsInRoot(
  root: string,
  words: readonly string[],
  { kvm = false, sysfs = false, wrapper = [] }: InRoot = {},
): readonly string[] {
  const namespaces = ['--mount', '--pid', '--net', '--fork', '--kill-child'];
  const flags = [kvm ? 'kvm' : '', sysfs ? 'sysfs' : ''];
  const shell = ['sh', '-eu', '-c', enterScript, 'sh', root, ...flags, ...words];
  const enter = [...wrapper, 'unshare', ...namespaces, ...shell];
  // Events reach every udevd of the machine, in whatever namespace.
  return sysfs ? ['flock', cacheDirectory, ...enter] : enter;
}

const enterScript = `
root=$1 kvm=$2 sysfs=$3
shift 3
mount -t proc proc "$root/proc"
[ -z "$sysfs" ] || mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
node() { mknod -m "$2" "$root/dev/$1" c "$3" "$4"; }
node null 666 1 3; node zero 666 1 5; node full 666 1 7; node tty 666 5 0
node random 666 1 8; node urandom 666 1 9
[ -z "$kvm" ] || node kvm 600 10 232
ln -s /proc/self/fd "$root/dev/fd"
for n in 0:stdin 1:stdout 2:stderr; do ln -s "fd/\${n%%:*}" "$root/dev/\${n#*:}"; done
mkdir -m 1777 "$root/dev/shm"
exec chroot "$root" sh -c '"$@"; exit "$?"' sh "$@"
`;
