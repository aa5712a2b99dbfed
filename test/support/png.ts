import { inflateSync } from 'node:zlib';

/** A picture: of each pixel its red, green and blue, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Reads a PNG of eight bits a channel, with or without an opacity (which is dropped), as browsers make them. Source: the PNG specification. */
export function parsePng(bytes: Buffer): Picture {
  const chunks = [...readChunks(bytes)];
  const header = chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, kind, , , interlace] = header.subarray(8);
  if (depth !== 8 || (kind !== 2 && kind !== 6) || interlace !== 0)
    throw new Error('no PNG of eight bits a channel');
  const channels = kind === 2 ? 3 : 4;
  const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  const rows = unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  return { width, height, pixels: withoutOpacity(rows, channels) };
}

function* readChunks(bytes: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

// Each row bears the number of the filter that its bytes went through.
function unfilter(bytes: Buffer, width: number, height: number, step: number): Uint8Array {
  const all = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const filter = bytes[row * (width + 1)] ?? 0;
    for (let column = 0; column < width; column += 1) {
      const at = row * width + column;
      const left = column < step ? 0 : (all[at - step] ?? 0);
      const above = row === 0 ? 0 : (all[at - width] ?? 0);
      const corner = column < step || row === 0 ? 0 : (all[at - width - step] ?? 0);
      const raw = bytes[row * (width + 1) + 1 + column] ?? 0;
      all[at] = raw + predict(filter, left, above, corner);
    }
  }
  return all;
}

function predict(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  return filter === 4 ? predictByPaeth(left, above, corner) : 0;
}

function predictByPaeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [
    Math.abs(above - corner),
    Math.abs(left - corner),
    Math.abs(left + above - 2 * corner),
  ];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function withoutOpacity(rows: Uint8Array, channels: number): Uint8Array {
  return channels === 3 ? rows : rows.filter((_, index) => index % 4 !== 3);
}
