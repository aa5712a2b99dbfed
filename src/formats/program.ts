/** What a file that is executed says about itself. */
export interface ProgramFacts {
  /** `script`: what it starts in turn nobody knows. */
  readonly kind: 'elf' | 'script' | 'other';
  /** The program that the kernel starts for it: the loader, or what stands after `#!`. */
  readonly interpreter: string | null;
  /** The libraries that it is linked with, by name. */
  readonly libraries: readonly string[];
}

/** Reads bytes of the file, fewer where it ends. */
export type ReadBytes = (offset: number, length: number) => Uint8Array;

const headerSize = 4096;
const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 };
const tags = { end: 0, needed: 1, strings: 5 };
/** More than any emulator's; a broken header must not ask for gigabytes. */
const largest = 1 << 16;

/** What kind of program it is (elf(5), execve(2)); whatever makes no sense is `other`. */
export function describeProgram(read: ReadBytes): ProgramFacts {
  const header = read(0, headerSize);
  if (header[0] === 0x23 && header[1] === 0x21) return describeScript(header);
  if (!isElf(header)) return other;
  try {
    return describeElf(header, read);
  } catch (error) {
    if (error instanceof RangeError) return other;
    throw error;
  }
}

const other: ProgramFacts = { kind: 'other', interpreter: null, libraries: [] };

function describeScript(header: Uint8Array): ProgramFacts {
  const line = textOf(header).slice(2).split('\n', 1)[0] ?? '';
  return { ...other, kind: 'script', interpreter: line.trim().split(/[ \t]/, 1)[0] || null };
}

// Of 64 bits: there is no other this program runs on.
function isElf(header: Uint8Array): boolean {
  return textOf(header.subarray(0, 4)) === '\x7fELF' && header[4] === 2;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function describeElf(header: Uint8Array, read: ReadBytes): ProgramFacts {
  const numbers = readerOf(header, header[5] === 1);
  const segments = Array.from({ length: numbers.half(56) }, (_, index) => {
    const at = numbers.word(32) + index * numbers.half(54);
    const [type, offset] = [numbers.int(at), numbers.word(at + 8)];
    return { type, offset, address: numbers.word(at + 16), size: numbers.word(at + 32) };
  });
  const named = segments.find(({ type }) => type === segmentTypes.interpreter);
  return {
    kind: 'elf',
    interpreter:
      named === undefined ? null : cut(textOf(read(named.offset, bounded(named.size))), 0),
    libraries: readLibraries(segments, header[5] === 1, read),
  };
}

function readLibraries(segments: readonly Segment[], little: boolean, read: ReadBytes): string[] {
  const dynamic = segments.find(({ type }) => type === segmentTypes.dynamic);
  if (dynamic === undefined) return [];
  const bytes = read(dynamic.offset, bounded(dynamic.size));
  const numbers = readerOf(bytes, little);
  const names: number[] = [];
  let address = -1;
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const tag = numbers.word(at);
    if (tag === tags.needed) names.push(numbers.word(at + 8));
    else if (tag === tags.strings) address = numbers.word(at + 8);
    else if (tag === tags.end) break;
  }
  const holder = segments.find((segment) => holds(segment, address));
  if (holder === undefined || names.length === 0) return [];
  const [first, last] = [Math.min(...names), Math.max(...names)];
  const start = address - holder.address + holder.offset + first;
  const strings = textOf(read(start, bounded(last - first + 256)));
  return names.map((name) => cut(strings, name - first));
}

function holds({ type, address, size }: Segment, wanted: number): boolean {
  return type === segmentTypes.load && wanted >= address && wanted < address + size;
}

/** Numbers in the file's byte order; RangeError beyond its end. */
function readerOf(bytes: Uint8Array, little: boolean) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    half: (at: number) => view.getUint16(at, little),
    int: (at: number) => view.getUint32(at, little),
    // No offset of a real file is beyond 2^53, and two halves are read faster than one BigInt.
    word: (at: number) => {
      const [low, high] = little ? [at, at + 4] : [at + 4, at];
      return view.getUint32(low, little) + view.getUint32(high, little) * 2 ** 32;
    },
  };
}

function bounded(size: number): number {
  if (size >= 0 && size <= largest) return size;
  throw new RangeError(`a part of ${size} bytes`);
}

/** The text from there to its NUL. */
function cut(text: string, from: number): string {
  const end = text.indexOf('\0', from);
  return text.slice(from, end < 0 ? undefined : end);
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
