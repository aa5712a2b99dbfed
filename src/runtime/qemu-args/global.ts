import { lastValue, parseKeyValues } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Context, judgePath, type Reading } from './reading.ts';
import { rowsOf } from './resource-rows.ts';
import { judgeLeaves } from './unknown.ts';

/** `-global`: a property of all devices of one driver. It is not known whether there is one: a path needs `--allow`. */
export function readGlobal(argument: Argument, context: Context): Reading {
  const { driver, property, value } = parseGlobal(argument.value);
  const { rows, keys } = rowsOf('device', driver);
  const key = `${driver}.${property}`;
  if (!keys.has(property)) return judgeLeaves(argument, [{ key, value }], context);
  const isPath = value !== '' && rows.some((row) => row.key === property);
  return isPath ? judgePath(argument, key, value, context) : {};
}

interface Global {
  readonly driver: string;
  readonly property: string;
  readonly value: string;
}

// DRIVER.KEY=VALUE, where the value is taken as it stands, else a list (qemu_global_option in softmmu/vl.c).
function parseGlobal(text: string): Global {
  const found = /^([^.=]{1,63})\.([^=]{1,63})=(.*)$/s.exec(text);
  if (found !== null) {
    const [, driver = '', property = '', value = ''] = found;
    return { driver, property, value };
  }
  const pairs = parseKeyValues(text, { impliedKey: null, flags: true });
  const part = (key: string) => lastValue(pairs, key) ?? '';
  return { driver: part('driver'), property: part('property'), value: part('value') };
}
