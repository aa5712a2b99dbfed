import type { ConfEntry } from './qemu-conf.ts';
import { type Remark, refusal } from './qemu-conf-remarks.ts';

/** What libvirt makes of a user or group of qemu.conf, as far as the text alone tells. */
export type ConfIdentity =
  /** Looked up as a name first, always. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'number'; readonly id: number; readonly isPlain: boolean }
  /** (uid_t) -1: libvirt leaves the identity that it has itself, which is root's. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused' };

const UNCHANGED = 4294967295n;

/** Reads it as virGetUserID and virStrToLong_ui of libvirt do; the number counts where no account has that name. */
export function parseConfIdentity(text: string): ConfIdentity {
  const isForced = text.startsWith('+');
  // strtoul takes blanks and a sign.
  const match = /^[ \t\n\v\f\r]*([-+]?)([0-9]+)$/.exec(isForced ? text.slice(1) : text);
  if (match !== null) return parseNumber(text, match[1] === '-', BigInt(match[2] ?? 0));
  return isForced || text === '' ? { kind: 'refused' } : { kind: 'name', name: text };
}

// A negative number is counted down from the end.
function parseNumber(text: string, isNegative: boolean, magnitude: bigint): ConfIdentity {
  if (magnitude > UNCHANGED) return { kind: 'refused' };
  const id = isNegative ? BigInt.asUintN(32, -magnitude) : magnitude;
  if (id === UNCHANGED) return { kind: 'unchanged' };
  return { kind: 'number', id: Number(id), isPlain: /^\+?[0-9]+$/.test(text) };
}

/** What is wrong with the user or group of an entry; null when nothing is. */
export function identityRemark({ key, value }: ConfEntry): Remark | null {
  if (value.type !== 'string') return null;
  const text = value.value;
  const identity = parseConfIdentity(text);
  const what = key.endsWith('group') ? 'group' : 'user';
  if (identity.kind === 'refused')
    return refusal(`Failed to parse ${what} '${text.replace('+', '')}'`, `name a ${what}`);
  if (identity.kind === 'unchanged') return rootRemark(`libvirt reads "${text}" as no change`, key);
  if (isRoot(identity)) return rootRemark(`${key} is root`, key);
  const isOdd = identity.kind === 'number' && !identity.isPlain;
  return isOdd ? oddRemark(text, identity.id) : null;
}

function isRoot(identity: ConfIdentity): boolean {
  if (identity.kind === 'name') return identity.name === 'root';
  return identity.kind === 'number' && identity.id === 0;
}

function rootRemark(reason: string, key: string): Remark {
  const program = key.startsWith('swtpm') ? 'swtpm' : 'QEMU';
  return {
    code: 'VP_WARN_ROOT_IDENTITY',
    severity: 'warning',
    message: `${program} runs with root's ${key.endsWith('group') ? 'group' : 'rights'}: ${reason}`,
    hint: 'name an account that has no rights',
  };
}

function oddRemark(text: string, id: number): Remark {
  return {
    code: 'VP_WARN_QEMU_CONF',
    severity: 'warning',
    message: `libvirt reads "${text}" as the number ${id}`,
    hint: `write "+${id}"`,
  };
}
