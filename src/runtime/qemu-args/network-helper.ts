import type { Finding } from '../../errors.ts';
import { type KeyValue, lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument } from './argument.ts';

/** What a network argument makes QEMU run and what cannot do its work without privileges: qemu-bridge-helper, tap scripts. */
export function findNetworkHelpers(argument: Argument, parts: readonly KeyValue[]): Finding[] {
  const type = lastValue(parts, 'type');
  const isGiven = (key: string) => lastValue(parts, key) !== null;
  if (type === 'bridge' || (type === 'tap' && isGiven('helper'))) return [bridgeHelper(argument)];
  if (type !== 'tap' || isGiven('fd') || isGiven('fds')) return [];
  const scripts = Object.entries(defaultScripts).filter(([key]) => !isGiven(key));
  return scripts.length === 0 ? [] : [tapScripts(argument, scripts)];
}

const defaultScripts = { script: '/etc/qemu-ifup', downscript: '/etc/qemu-ifdown' };

function bridgeHelper(argument: Argument): Finding {
  const what = 'runs a set-id helper, which gets no new privileges here and cannot make the tap';
  const hint =
    'make the tap before, for the user that QEMU runs as: -netdev tap,ifname=NAME,script=no,downscript=no';
  return warning(`${describeArgument(argument)} ${what}`, hint);
}

function tapScripts(argument: Argument, scripts: readonly (readonly [string, string])[]): Finding {
  const files = scripts.map(([, file]) => file).join(' and ');
  const keys = scripts.map(([key]) => `${key}=no`).join(',');
  const message = `${describeArgument(argument)} runs ${files} as the user that QEMU runs as, without privileges`;
  return warning(message, `add ${keys} and set the tap up before`);
}

function warning(message: string, hint: string): Finding {
  return { code: 'VP_WARN_HELPER', severity: 'warning', message, hint };
}
