import { lastValue, parseKeyValues, parseSize } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { HostPath } from './host-path.ts';
import type { Reading } from './reading.ts';

const mebibyte = 2 ** 20;
/** What QEMU's machines have where nothing is said. */
const usualMemory = 128 * mebibyte;
/** Device registers and rings beside the guest's memory (libvirt's qemuDomainGetMemLockLimitBytes). */
const more = 1024 * mebibyte;

/** `-m 512`, `-m size=1G,slots=2,maxmem=4G`: what the guest has, or may get while it runs. */
export function readMemory(argument: Argument): Reading {
  const parts = parseKeyValues(argument.value, { impliedKey: 'size', flags: true });
  const sizes = ['size', 'maxmem'].flatMap((key) => {
    const value = lastValue(parts, key);
    // Of anything else QEMU says what is wrong with it.
    return value !== null && sizePattern.test(value) ? [parseSize(key, withUnit(value))] : [];
  });
  return sizes.length === 0 ? {} : { memory: Math.max(...sizes) };
}

const sizePattern = /^\d{1,12}(?:\.\d{1,12})?[bkmgt]?$/i;

// Without a unit it counts mebibytes.
function withUnit(value: string): string {
  return /[a-z]$/i.test(value) ? value : `${value}M`;
}

/** The bytes that devices of the host lock in memory, where the arguments name such; null: they name none. */
export function lockedMemory(
  paths: readonly HostPath[],
  memory: number | undefined,
): number | null {
  const locks = paths.some(({ path }) => /^\/dev\/(?:vfio\/|iommu$|vhost-vdpa)/.test(path));
  return locks ? (memory ?? usualMemory) + more : null;
}
