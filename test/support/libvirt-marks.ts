import { closeSync, openSync, readFileSync } from 'node:fs';
import { parseBootTime, referenceMark, timestampMark } from '../../src/formats/libvirt-marks.ts';
import { native } from './native.ts';

/** When this machine started, in seconds since 1970. */
export function bootTime(): number {
  return parseBootTime(readFileSync('/proc/stat', 'utf8')) ?? 0;
}

/** Marks a file as libvirt does when a guest begins to use it; `age`: so many seconds before this boot. */
export function markAsLibvirt(path: string, owner = '+12345:+23456', age = 0): void {
  const marks = {
    'trusted.libvirt.security.dac': owner,
    [timestampMark]: String(bootTime() - age),
    [referenceMark]: '1',
  };
  withFile(path, (file) => {
    for (const [name, value] of Object.entries(marks))
      native.writeAttribute(file, name, Buffer.from(value));
  });
}

/** The marks on a file, as text. */
export function marksOf(path: string): Readonly<Record<string, string>> {
  return withFile(path, (file) => {
    const all = Object.entries(native.readAttributes(file));
    const marks = all.filter(([name]) => name.startsWith('trusted.libvirt.'));
    return Object.fromEntries(marks.map(([name, value]) => [name, value.toString('latin1')]));
  });
}

export function removeMarks(path: string): void {
  for (const name of Object.keys(marksOf(path)))
    withFile(path, (file) => native.removeAttribute(file, name));
}

function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
