/** A header extension of qcow2: its magic number and content; `length` where the header lies about it. */
export interface Extension {
  readonly magic: number;
  readonly content: Uint8Array | string;
  readonly length?: number;
}

export interface Qcow2Header {
  readonly version?: number;
  readonly clusterBits?: number;
  readonly features?: bigint;
  readonly headerLength?: number;
  readonly extensions?: readonly Extension[];
  readonly backing?: Uint8Array | string;
  readonly backingOffset?: bigint;
  readonly backingLength?: number;
}

export const backingFormat = 0xe2792aca;
export const dataFile = 0x44415441;

/** One cluster of a qcow2 image, sound but for what is asked for. */
export function qcow2(header: Qcow2Header): Buffer {
  const image = Buffer.alloc(65536);
  const { version = 3, headerLength = 104 } = header;
  const backing = Buffer.from(header.backing ?? '');
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(version, 4);
  image.writeUInt32BE(header.clusterBits ?? 16, 20);
  image.writeBigUInt64BE(header.features ?? 0n, 72);
  image.writeUInt32BE(headerLength, 100);
  const end = writeExtensions(image, version === 2 ? 72 : 104, header.extensions ?? []);
  if (header.backing === undefined && header.backingOffset === undefined) return image;
  image.writeBigUInt64BE(header.backingOffset ?? BigInt(end), 8);
  image.writeUInt32BE(header.backingLength ?? backing.length, 16);
  backing.copy(image, Number(header.backingOffset ?? end));
  return image;
}

function writeExtensions(image: Buffer, start: number, extensions: readonly Extension[]): number {
  let offset = start;
  for (const { magic, content, length } of extensions) {
    const bytes = Buffer.from(content);
    image.writeUInt32BE(magic, offset);
    image.writeUInt32BE(length ?? bytes.length, offset + 4);
    bytes.copy(image, offset + 8);
    offset += 8 + Math.ceil(bytes.length / 8) * 8;
  }
  return offset + 8;
}
