import { AppError } from '../../errors.ts';
import { lastValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Context, judgePath, noDescriptors, type Reading } from './reading.ts';
import { readUnknown } from './unknown.ts';

const identityHint = 'leave it out: --user, --group and qemu.conf say who QEMU runs as';
const hints: ReadonlyMap<string, string> = new Map([
  ['runas', identityHint],
  ['chroot', 'leave it out: the launcher confines QEMU to the files that it needs'],
  [
    'daemonize',
    'leave it out: qemu-launch waits for QEMU; use a service to run it in the background',
  ],
]);

/** `-runas`, `-chroot`, `-daemonize`: what the launcher does itself, or what it could not watch over. */
export function readRefused({ option }: Argument): Reading {
  throw refused('refused', hints.get(option ?? '') ?? identityHint);
}

/** `-run-with`: the keys that change the identity or the root are the launcher's work. */
export function readRunWith(argument: Argument, context: Context): Reading {
  const pairs = parseKeyValues(argument.value, { impliedKey: null, flags: true });
  if (lastValue(pairs, 'user') !== null) throw refused('user= is refused', identityHint);
  if (lastValue(pairs, 'chroot') !== null) {
    throw refused('chroot= is refused', hints.get('chroot') ?? identityHint);
  }
  return readUnknown(argument, context);
}

export function readAddFd(): Reading {
  throw noDescriptors('a descriptor set');
}

/** `-set` would change options that are already understood. */
export function readSet(argument: Argument, context: Context): Reading {
  if (!/^(?:drive|chardev|device)\./.test(argument.value)) return readUnknown(argument, context);
  const hint = 'write the parameter into the option that it belongs to';
  throw new AppError('VP_ARGUMENT_REFUSED', 'changes to other options are not understood yet', {
    hint,
  });
}

/** `-incoming exec:` runs a shell, and no one can tell what that opens. */
export function readIncoming(argument: Argument, context: Context): Reading {
  // The whole word is the address: commas and `=` belong to the path.
  if (argument.value.startsWith('unix:')) {
    return judgePath(argument, '', argument.value, context, 'socket');
  }
  if (!argument.value.startsWith('exec:')) return readUnknown(argument, context);
  const hint = 'use unix:, tcp: or defer';
  throw new AppError('VP_ARGUMENT_REFUSED', 'a command of the shell is not understood', { hint });
}

function refused(what: string, hint: string): AppError {
  return new AppError('VP_ARGUMENT_REFUSED', `${what}: the launcher does this`, {
    hint,
  });
}
