import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { pathInRoot, type Root } from '../root.ts';
import { fileError } from '../system-error.ts';
import { STATE_DIRECTORY, withMadeDirectory } from './state-directory.ts';

/** What a run does that finds another one at work: null refuses. */
export type Waiting = {
  readonly signal: AbortSignal;
  /** Told once, when there is somebody to wait for. */
  readonly say: (text: string) => void;
} | null;

const NAME = 'provision.lock';
const PAUSE = 100;

/** Does `work` while no other run changes this root; throws VP_ROOT_BUSY when one does and nobody waits. */
export async function withRootLock<T>(
  root: Root,
  waiting: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  const file = openLock(root);
  try {
    await takeLock(root, file, waiting);
    signLock(root, file);
    return await work();
  } finally {
    // The kernel gives the lock up; the file stays, so that all runs lock the same one.
    closeSync(file);
  }
}

function openLock(root: Root): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  return withMadeDirectory(root, STATE_DIRECTORY, (directory) => {
    try {
      const place = `/proc/self/fd/${directory}/${NAME}`;
      const file = openSync(place, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
      if (fstatSync(file).isFile()) return file;
      throw new Error('it is no regular file');
    } catch (cause) {
      throw fileError('VP_FILE_WRITE', pathInRoot(root, `${STATE_DIRECTORY}/${NAME}`), cause);
    }
  });
}

async function takeLock(root: Root, file: number, waiting: Waiting): Promise<void> {
  if (root.native.tryLock(file)) return;
  if (waiting === null) throw busyError(root, holderOf(file));
  waiting.say(`waiting for ${holderOf(file)}, which is changing ${root.path}`);
  while (!root.native.tryLock(file)) {
    waiting.signal.throwIfAborted();
    await sleep(PAUSE);
  }
}

function signLock(root: Root, file: number): void {
  try {
    ftruncateSync(file, 0);
    writeSync(file, `${process.pid}\n`, 0);
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, `${STATE_DIRECTORY}/${NAME}`), cause);
  }
}

// Whoever has just taken the lock may not have written its number yet.
function holderOf(file: number): string {
  const pid = /^([1-9][0-9]{0,9})\n$/.exec(readFileSync(`/proc/self/fd/${file}`, 'latin1'))?.[1];
  return pid !== undefined && existsSync(`/proc/${pid}`) ? `process ${pid}` : 'another process';
}

function busyError(root: Root, holder: string): AppError {
  const message = `cannot change ${root.path}: ${holder} is changing it`;
  const hint = 'wait for its end with --wait';
  return new AppError('VP_ROOT_BUSY', message, { path: root.path, hint });
}
