import { lastValue, parseKeyValues, parseSize } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import type { HostPath } from './host-path.ts';

const mebibyte = 2 ** 20;
/** What QEMU's machines have where nothing is said. */
const usualMemory = 128 * mebibyte;
/** Device registers and rings beside the guest's memory (libvirt's qemuDomainGetMemLockLimitBytes). */
const more = 1024 * mebibyte;

/** The bytes that devices of the host lock in memory, where the arguments name such; null: they name none. */
export function lockedMemory(
  paths: readonly HostPath[],
  given: readonly Argument[],
): number | null {
  return paths.some(locks) ? (guestMemory(given) ?? usualMemory) + more : null;
}

function locks({ path }: HostPath): boolean {
  return path.startsWith('/dev/') && /^\/dev\/(?:vfio\/|iommu$|vhost-vdpa)/.test(path);
}

/** `-m 512`, `-m size=1G,slots=2,maxmem=4G`: what the guest has, or may get while it runs. */
function guestMemory(given: readonly Argument[]): number | null {
  const sizes = given.filter(({ option }) => option === 'm').map(sizesOf);
  const last = sizes.findLast((each) => each.length > 0);
  return last === undefined ? null : Math.max(...last);
}

function sizesOf(argument: Argument): number[] {
  const parts = parseKeyValues(argument.value, { impliedKey: 'size', flags: true });
  return ['size', 'maxmem'].flatMap((key) =>
    attempt(
      argument,
      () => sizeOf(key, lastValue(parts, key)),
      // QEMU says what is wrong with it.
      () => [],
    ),
  );
}

// Without a unit it counts mebibytes.
function sizeOf(key: string, value: string | null): number[] {
  if (value === null) return [];
  return [parseSize(key, /[a-z]$/i.test(value) ? value : `${value}M`)];
}
