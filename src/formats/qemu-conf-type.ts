import type { KeyKind } from './qemu-conf-keys.ts';
import type { ConfValue } from './qemu-conf-value.ts';

/** Why libvirt refuses this value for a key of that kind, in its own words; null when it takes it. */
export function typeProblem(key: string, kind: KeyKind, value: ConfValue): string | null {
  const problem = checks[kind](value);
  if (problem === null) return null;
  const [what, end] = problem;
  return what === 'value'
    ? `value for '${key}' parameter must be ${end}`
    : `expected ${end} for '${key}' parameter`;
}

/** How a value of that kind is written. */
export function typeHint(
  { key, value }: { readonly key: string; readonly value: ConfValue },
  kind: KeyKind,
): string {
  if (kind === 'switch') return `write ${key} = 0 or ${key} = 1`;
  if (kind === 'list' || kind === 'names') return `write ${key} = [ "…" ]`;
  if (kind !== 'string' && kind !== 'identity') return 'write a whole number without quotes';
  const written = value.type === 'integer' ? String(value.value) : '…';
  return `write the value in quotes: ${key} = "${written}"`;
}

type Problem = readonly ['value' | 'type', string];
type Check = (value: ConfValue) => Problem | null;

// The getters of libvirt's virconf.c.
const checks: Readonly<Record<KeyKind, Check>> = {
  string: checkString,
  identity: checkString,
  switch: checkSwitch,
  count: (value) => checkUnsigned(value, 2n ** 32n - 1n),
  signed: checkSigned,
  list: checkList,
  names: (value) => (value.type === 'string' ? null : checkList(value, 'a string or string list')),
  core: (value) => (value.type === 'string' ? null : checkUnsigned(value, null)),
  bytes: (value) => (value.type === 'string' ? null : checkUnsigned(value, null)),
};

function checkString(value: ConfValue): Problem | null {
  return value.type === 'string' ? null : ['type', 'a string'];
}

function checkSwitch(value: ConfValue): Problem | null {
  if (value.type !== 'integer' || value.signed) return ['type', 'a bool'];
  return value.value <= 1n ? null : ['value', '0 or 1'];
}

function checkUnsigned(value: ConfValue, largest: bigint | null): Problem | null {
  if (value.type !== 'integer' || value.signed) return ['type', 'an unsigned integer'];
  const isInRange = largest === null || value.value <= largest;
  return isInRange ? null : ['value', `in range 0:${largest}`];
}

function checkSigned(value: ConfValue): Problem | null {
  if (value.type !== 'integer') return ['type', 'a signed integer'];
  const [least, largest] = [-(2n ** 31n), 2n ** 31n - 1n];
  const isInRange = value.value >= least && value.value <= largest;
  return isInRange ? null : ['value', `in range ${least}:${largest}`];
}

function checkList(value: ConfValue, expected = 'a string list'): Problem | null {
  if (value.type !== 'list') return ['type', expected];
  const isPlain = value.value.every(({ type }) => type === 'string');
  return isPlain ? null : ['type', 'a string list'];
}
