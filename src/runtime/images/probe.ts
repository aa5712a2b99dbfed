import type { ImageBytes } from './bytes.ts';

/** The formats of images that can name other files. */
export type ReferringFormat = 'qcow' | 'qcow2' | 'qed' | 'vmdk' | 'vhdx';

/** What QEMU would take these bytes for, if nobody told it; null for every format that names no other file. */
export function probeFormat(bytes: ImageBytes): ReferringFormat | null {
  // QEMU looks at no more than this.
  const start = bytes.readAt(0, 512);
  const text = start.toString('latin1');
  if (text.startsWith('QFI\xfb') && start.length >= 8) return probeQcow(start.readUInt32BE(4));
  if (text.startsWith('QED\0')) return 'qed';
  if (text.startsWith('vhdxfile')) return 'vhdx';
  return isVmdk(text) ? 'vmdk' : null;
}

function probeQcow(version: number): ReferringFormat | null {
  if (version === 0) return null;
  return version === 1 ? 'qcow' : 'qcow2';
}

// A descriptor begins with comments and lines of spaces only.
function isVmdk(text: string): boolean {
  return /^(?:KDMV|COWD|(?:#[^\n]*\n| +\r?\n)*version=[123]\r?\n)/.test(text);
}
