import { closeSync, readSync, writeSync } from 'node:fs';
import { withDescriptor } from '../files.ts';
import { openSocket, takeSocket } from '../handover/take-socket.ts';
import { isNativeError, type Native } from '../native.ts';

/** What QEMU says is never trusted: an answer only shortens a wait. */
const longestAnswer = 64 * 1024;
const pause = 20;

interface Connection {
  readonly descriptor: number;
  /** When patience is over, whatever still comes. */
  readonly end: number;
  /** What was read and not yet looked at. */
  rest: string;
}

/** A socket that QEMU has made, and who it must belong to. */
export interface QmpSocket {
  readonly path: string;
  readonly owner: number;
  /** The process that listens on it; 0 when that may be any. */
  readonly listener: number;
}

/** Waits until QEMU greets on its socket: false when `patience` (ms) is over first, or `isOver` says that nobody will. */
export function awaitGreeting(
  native: Native,
  socket: QmpSocket,
  patience: number,
  isOver: () => boolean,
): boolean {
  const end = Date.now() + patience;
  while (Date.now() < end && !isOver()) {
    if (converse(native, socket, end - Date.now(), () => true) === true) return true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return false;
}

/** Has QEMU execute a command; false when it could not be told within `patience` (ms), or refused. */
export function executeQmp(
  native: Native,
  socket: QmpSocket,
  command: string,
  patience: number,
): boolean {
  const isDone = converse(native, socket, patience, (connection) => {
    return ask(connection, 'qmp_capabilities') && ask(connection, command);
  });
  return isDone === true;
}

/** Connects, reads the greeting, and goes on with `use`; null when nobody greets in time. */
function converse(
  native: Native,
  socket: QmpSocket,
  patience: number,
  use: (connection: Connection) => boolean,
): boolean | null {
  const descriptor = connect(native, socket, patience);
  if (descriptor === null) return null;
  try {
    const connection = { descriptor, end: Date.now() + patience, rest: '' };
    return 'QMP' in readAnswer(connection) ? use(connection) : null;
  } catch {
    // It ended, or says nothing that can be understood: whoever asked goes by the process itself.
    return null;
  } finally {
    closeSync(descriptor);
  }
}

function connect(native: Native, socket: QmpSocket, patience: number): number | null {
  try {
    const { path, owner } = takeOver(native, socket);
    return native.connectSocket(path, owner, socket.listener, Math.max(1, Math.ceil(patience)));
  } catch (error) {
    if (isNativeError(error)) return null;
    throw error;
  }
}

// Who may connect may do anything with the guest, and other QEMUs are of the same user: from here on only root may.
function takeOver(native: Native, socket: QmpSocket): QmpSocket {
  if (process.geteuid?.() !== 0) return socket;
  try {
    const file = openSocket(socket.path, socket.owner);
    if (file !== null) withDescriptor(file, () => takeSocket(native, file));
  } catch {
    // It is not there yet: connecting says so.
  }
  // What could not be taken is never asked.
  return { ...socket, owner: 0 };
}

function ask(connection: Connection, command: string): boolean {
  writeSync(connection.descriptor, `${JSON.stringify({ execute: command })}\r\n`);
  for (;;) {
    const answer = readAnswer(connection);
    if ('return' in answer) return true;
    if ('error' in answer) return false;
    // Events come in between.
  }
}

function readAnswer(connection: Connection): object {
  const chunk = Buffer.alloc(4096);
  while (!connection.rest.includes('\n')) {
    const length = readSync(connection.descriptor, chunk);
    connection.rest += chunk.toString('utf8', 0, length);
    if (length === 0 || connection.rest.length > longestAnswer) throw new Error('no answer');
    // Whoever says a letter now and then says nothing either.
    requireTime(connection);
  }
  requireTime(connection);
  const at = connection.rest.indexOf('\n');
  const answer: unknown = JSON.parse(connection.rest.slice(0, at));
  connection.rest = connection.rest.slice(at + 1);
  return typeof answer === 'object' && answer !== null ? answer : {};
}

function requireTime({ end }: Connection): void {
  if (Date.now() > end) throw new Error('no end');
}
