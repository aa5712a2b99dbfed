/** What libvirt remembers of a file's owner, in its extended attributes (security_util.c). */
export const referenceMark = 'trusted.libvirt.security.ref_dac';
export const timestampMark = 'trusted.libvirt.security.timestamp_dac';

/** Libvirt counts in whole seconds from a rounded uptime: two of its starts may differ by one. */
const tolerance = 2;

/**
 * Whether marks say that a guest of libvirt uses the file, as libvirt judges them: the count is of this boot, or
 * worth nothing. A count that is no number libvirt does not touch, so it counts as use. `bootTimes`: when the machine
 * started, in seconds since 1970, by every clock that libvirt may have asked.
 */
export function areMarksValid(
  references: string,
  timestamp: string | null,
  bootTimes: readonly number[],
): boolean {
  if (timestamp === null || references === '0') return false;
  const marked = Number(timestamp);
  return bootTimes.some((time) => Math.abs(time - marked) <= tolerance);
}

/** The time of boot that /proc/stat names, in seconds since 1970; null when it names none. */
export function parseBootTime(text: string): number | null {
  const found = /^btime (\d+)$/m.exec(text);
  return found === null ? null : Number(found[1]);
}
