import { writeFileSync } from 'node:fs';
import { qemuImg } from './qemu-img.ts';

const image = Buffer.alloc(1 << 20);

/** Raw images of 1 MiB. */
export function makeRawImages(directory: string, ...names: readonly string[]): void {
  for (const name of names) writeFileSync(`${directory}/${name}`, image);
}

/** Runs `qemu-img create` there. */
export function createImage(directory: string, ...words: readonly string[]): void {
  qemuImg(directory, ['create', '-q', ...words].join(' '));
}

/** As little of Linux's boot header as the emulator wants before it loads the initial RAM disk. */
export function makeKernel(): Buffer {
  const kernel = Buffer.alloc(65536);
  kernel[0x1f1] = 4;
  kernel.writeUInt16LE(0xaa55, 0x1fe);
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x0209, 0x206);
  kernel[0x211] = 1;
  kernel.writeUInt32LE(0x37ffffff, 0x22c);
  return kernel;
}

/** A multiboot header that says where the file goes, and a page of nothing. */
export function makeMultibootKernel(): Buffer {
  const kernel = Buffer.alloc(4096);
  const [magic, flags, start] = [0x1badb002, 0x10000, 0x100000];
  const checksum = 2 ** 32 - magic - flags;
  const words = [magic, flags, checksum, start, start, start + 4096, start + 4096, start + 32];
  for (const [index, word] of words.entries()) kernel.writeUInt32LE(word, index * 4);
  return kernel;
}
