import { AppError } from '../../errors.ts';
import { lastValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import type { Context, Reading } from './reading.ts';
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

function refused(what: string, hint: string): AppError {
  return new AppError('VP_ARGUMENT_REFUSED', `${what}: the launcher does this`, {
    hint,
  });
}
