import { fstatSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { ClaimRecord, Made } from '../../formats/claim-record.ts';
import { parseListening } from '../../formats/unix-sockets.ts';
import type { GiveBackContext } from '../claims/give-back.ts';
import { withDescriptor } from '../files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import { isNativeError } from '../native.ts';
import { readProc } from '../process-facts.ts';
import type { Child, Launcher } from '../start.ts';
import { readDescriptors } from '../verification/open-descriptors.ts';
import { noteMade } from './open-handed.ts';
import { openSocket, takeSocket } from './take-socket.ts';

const patience = 10_000;
const pause = 5;

/**
 * Gives the sockets on which QEMU listens by itself to root alone, as soon as it does: it runs as the user of its
 * neighbours. Waits for them, until QEMU has ended or a signal has come; what cannot be taken is said.
 */
export function takeOwnSockets(
  launcher: Launcher,
  context: GiveBackContext,
  plan: LaunchPlan,
  child: Child,
  given: ClaimRecord,
): ClaimRecord {
  const { native } = launcher;
  const open = new Set(findOwnSockets(plan));
  let record = given;
  for (const end = Date.now() + patience; open.size > 0 && Date.now() < end; ) {
    for (const path of listOpened(child, plan, open)) {
      const taken = take(launcher, context, plan, path, record);
      // What is only said to stand there is looked for again.
      if (taken !== null) open.delete(path);
      record = taken ?? record;
    }
    if (open.size > 0 && (native.awaitEnd(child.pidfd, pause) || native.caughtSignal() !== 0))
      return record;
  }
  for (const path of open) sayOpen(launcher, path, 'QEMU does not listen there yet');
  return record;
}

/** Those that QEMU makes, but for what other guests connect to, which run as the same user. Pure. */
export function findOwnSockets({ mode, identity, resources }: LaunchPlan): readonly string[] {
  if (mode === 'session' || identity.uid === 0) return [];
  return resources
    .filter(({ kind, action, from }) => {
      return (
        kind === 'socket' && action === 'create' && !from.every((text) => forGuests.test(text))
      );
    })
    .map(({ path }) => path);
}

// As it was given, or in a file of -readconfig.
const forGuests = /^--?(?:netdev|nic|incoming|object) | \[(?:netdev|nic|incoming|object)\]$/;

/** On which of these it listens now: the kernel knows a socket by the name that it was bound to, relative or not. */
function listOpened(
  { pid }: Child,
  { directory }: LaunchPlan,
  paths: ReadonlySet<string>,
): readonly string[] {
  const own = new Set(readDescriptors(pid).values());
  const listening = parseListening(readProc(`/proc/${pid}/net/unix`) ?? '');
  return listening.flatMap(([inode, name]) => {
    const path = resolve(directory, name);
    return own.has(`socket:[${inode}]`) && paths.has(path) ? [path] : [];
  });
}

/** Null when nothing stands there. */
function take(
  launcher: Launcher,
  context: GiveBackContext,
  { identity }: LaunchPlan,
  path: string,
  record: ClaimRecord,
): ClaimRecord | null {
  try {
    return withDescriptor(launcher.native.openPlace(dirname(path), identity.uid), (place) => {
      const file = openSocket(`/proc/self/fd/${place}/${basename(path)}`, identity.uid);
      if (file === null) throw new Error('it is not what QEMU has made');
      // On record before it is root's: QEMU could not remove it in a sticky directory, nor the next one.
      return withDescriptor(file, () => {
        const noted = noteMade(context, record, [describe(path, file)]);
        takeSocket(launcher.native, file);
        return noted;
      });
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    sayOpen(launcher, path, describeFailure(error as Error));
    return record;
  }
}

function describe(path: string, file: number): Made {
  const { dev, ino } = fstatSync(file, { bigint: true });
  return { kind: 'socket', path, device: String(dev), inode: String(ino) };
}

function describeFailure(error: Error): string {
  if (!isNativeError(error) || error.reason === undefined) return error.message;
  return `${error.path} ${error.reason}`;
}

function sayOpen({ say }: Launcher, path: string, why: string): void {
  say(
    'warning',
    `${path} cannot be given to root alone, so other QEMUs of its user may connect: ${why}`,
  );
}
