import { fstatSync, writeSync } from 'node:fs';
import { AppError, messageLine } from '../errors.ts';

export type Say = (level: 'error' | 'warning' | 'info' | 'hint', text: string) => void;

/** stdout for the product, stderr for everything that is said. */
export interface Output {
  /** Lines on stderr bear priorities: they go to the journal. */
  readonly journal: boolean;
  readonly product: (text: string) => void;
  /** stdout and stderr are one terminal or file: what the product says need not be said again. */
  readonly isOnePlace: () => boolean;
  readonly say: Say;
}

/** The process's own output. `stream` is JOURNAL_STREAM. */
export function openOutput(stream: string | undefined): Output {
  const journal = isJournal(stream);
  return {
    journal,
    product: (text) => print(1, text),
    isOnePlace: () => identityOf(1) === identityOf(2),
    say: (level, text) => print(2, messageLine('qemu-launch', level, text, journal)),
  };
}

/** stderr is what JOURNAL_STREAM names (systemd.exec(5)): programs in a terminal inherit the variable too. */
export function isJournal(stream: string | undefined): boolean {
  return stream !== undefined && stream === identityOf(2);
}

function identityOf(descriptor: number): string {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return `${dev}:${ino}`;
}

/** Writes all of the text; that nobody reads any more is no error of ours. */
export function print(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    const written = writeSome(descriptor, bytes, done);
    if (written === null) return;
    done += written;
  }
}

function writeSome(descriptor: number, bytes: Buffer, from: number): number | null {
  try {
    return writeSync(descriptor, bytes, from);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EPIPE') return null;
    if (code !== 'EAGAIN') throw unwritable(descriptor, message, cause);
    // Somebody made the pipe non-blocking and reads slowly.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

function unwritable(descriptor: number, why: string, cause: unknown): AppError {
  return new AppError('VP_FILE_WRITE', `cannot write to descriptor ${descriptor}: ${why}`, {
    cause,
    hint: 'see where the output goes',
  });
}
