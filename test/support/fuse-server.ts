// A file system of one disk, served to the kernel through the descriptor 3 (include/uapi/linux/fuse.h), as a server
// that refuses, pretends or says nothing would. Started by test/support/fuse.ts.
import { existsSync, readSync, writeSync } from 'node:fs';
import type { FuseBehaviour } from './fuse.ts';

const channel = 3;
const size = 65_536;
const behaviour = JSON.parse(process.argv[2] ?? '{}') as FuseBehaviour;
const disk = { mode: 0o100000 | behaviour.mode, ...behaviour.owner };

interface Request {
  readonly operation: number;
  readonly unique: bigint;
  readonly node: bigint;
  readonly body: Buffer;
}

const buffer = Buffer.alloc(1 << 20);

function serveAll(): void {
  for (let request = receive(); request !== null; request = receive()) serve(request);
}

// The end of the mount, or of this process, is the end of the channel.
function receive(): Request | null {
  try {
    const length = readSync(channel, buffer);
    const [operation, unique, node] = [
      buffer.readUInt32LE(4),
      buffer.readBigUInt64LE(8),
      buffer.readBigUInt64LE(16),
    ];
    return { operation, unique, node, body: Buffer.from(buffer.subarray(40, length)) };
  } catch {
    return null;
  }
}

function reply({ unique }: Request, answer: Buffer | string): void {
  const body = typeof answer === 'string' ? Buffer.alloc(0) : answer;
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeInt32LE(typeof answer === 'string' ? -(errors[answer] ?? 5) : 0, 4);
  header.writeBigUInt64LE(unique, 8);
  try {
    writeSync(channel, Buffer.concat([header, body]));
  } catch {
    // Whoever asked has been killed.
  }
}

const errors: Readonly<Record<string, number>> = { EPERM: 1, ENOENT: 2, ENOSYS: 38 };
/** Operations that get no answer: forgetting, interrupting. */
const silent = [2, 36, 42];

function serve(request: Request): void {
  if (silent.includes(request.operation) || hangsAt(request.operation)) return;
  reply(request, (operations[request.operation] ?? (() => 'ENOSYS'))(request));
}

function hangsAt(operation: number): boolean {
  const { hangsAt: one, hangsWhile: file } = behaviour;
  return operation === one || (file !== undefined && existsSync(file));
}

const operations: Readonly<Record<number, (request: Request) => Buffer | string>> = {
  1: ({ body }) => (body.toString('latin1') === 'disk.raw\0' ? entry() : 'ENOENT'),
  3: ({ node }) => Buffer.concat([Buffer.alloc(16), attributes(node)]),
  4: ({ node, body }) => setAttributes(body) ?? Buffer.concat([Buffer.alloc(16), attributes(node)]),
  14: () => Buffer.alloc(16),
  15: () => Buffer.alloc(Math.min(size, 4096)),
  16: ({ body }) => word(body.readUInt32LE(16)),
  17: () => Buffer.alloc(80),
  18: () => Buffer.alloc(0),
  20: () => Buffer.alloc(0),
  25: () => Buffer.alloc(0),
  26: initialise,
  27: () => Buffer.alloc(16),
  28: () => Buffer.alloc(0),
  29: () => Buffer.alloc(0),
};

function word(value: number): Buffer {
  const answer = Buffer.alloc(8);
  answer.writeUInt32LE(value, 0);
  return answer;
}

function initialise(): Buffer {
  const answer = Buffer.alloc(64);
  answer.writeUInt32LE(7, 0);
  answer.writeUInt32LE(31, 4);
  answer.writeUInt32LE(4096, 20);
  answer.writeUInt32LE(1, 24);
  return answer;
}

function entry(): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(2n, 0);
  return Buffer.concat([head, attributes(2n)]);
}

function attributes(node: bigint): Buffer {
  const answer = Buffer.alloc(88);
  const isRoot = node === 1n;
  answer.writeBigUInt64LE(node, 0);
  answer.writeBigUInt64LE(BigInt(isRoot ? 4096 : size), 8);
  answer.writeUInt32LE(isRoot ? 0o40755 : disk.mode, 60);
  answer.writeUInt32LE(isRoot ? 2 : 1, 64);
  answer.writeUInt32LE(isRoot ? 0 : disk.uid, 68);
  answer.writeUInt32LE(isRoot ? 0 : disk.gid, 72);
  answer.writeUInt32LE(4096, 80);
  return answer;
}

/** The error, or null when it was done, or is said to have been. */
function setAttributes(body: Buffer): string | null {
  const valid = body.readUInt32LE(0);
  if ((valid & 6) === 0) return null;
  if (behaviour.owners === 'refused') return 'EPERM';
  if (behaviour.owners === 'ignored') return null;
  if ((valid & 2) !== 0 && behaviour.owners !== 'halved') disk.uid = body.readUInt32LE(76);
  if ((valid & 4) !== 0) disk.gid = body.readUInt32LE(80);
  return null;
}

serveAll();
