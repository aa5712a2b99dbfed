import type { Finding } from '../../errors.ts';
import { joinKeyValues, parseKeyValues, printKeyValues } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import { malformed } from './block-node.ts';

export interface Changed {
  readonly arguments: readonly Argument[];
  readonly findings: readonly Finding[];
}

/**
 * Puts what `-set GROUP.ID.KEY=VALUE` says into the argument `-GROUP` of that id, which stands before it; there it is
 * the last of its key and counts. Options that were given as JSON cannot be changed so.
 */
export function applySettings(given: readonly Argument[]): Changed {
  const changing: Changing = { arguments: [], findings: [], places: new Map() };
  for (const argument of given) {
    if (argument.option === 'set') trySetting(argument, changing);
    else addArgument(argument, changing);
  }
  return changing;
}

interface Changing extends Changed {
  readonly arguments: Argument[];
  readonly findings: Finding[];
  /** Where the argument `GROUP.ID` is. */
  readonly places: Map<string, number>;
}

function addArgument(argument: Argument, { arguments: changed, places }: Changing): void {
  const place = placeOf(argument);
  // Of two with the same id QEMU refuses the second.
  if (place !== null && !places.has(place)) places.set(place, changed.length);
  changed.push(argument);
}

function placeOf({ option, value }: Argument): string | null {
  if (option === null || value.startsWith('{') || !value.includes('id=')) return null;
  const pairs = parseKeyValues(value, { impliedKey: '', flags: true });
  const id = pairs.find(({ key }) => key === 'id')?.value;
  return id === undefined ? null : `${option}.${id}`;
}

function trySetting(setting: Argument, changing: Changing): void {
  attempt(
    setting,
    () => applySetting(setting, changing),
    (finding) => {
      changing.findings.push(finding);
    },
  );
}

function applySetting({ value: text }: Argument, { arguments: changed, places }: Changing): void {
  // As util/qemu-config.c has sscanf take it apart.
  const found = /^([^.]{1,63})\.([^.]{1,63})\.([^=]{1,63})=(.*)$/s.exec(text);
  if (found === null) throw malformed('expected GROUP.ID.KEY=VALUE');
  const [, group, id, key = '', value = ''] = found;
  const index = places.get(`${group}.${id}`) ?? -1;
  const target = changed[index];
  if (target === undefined) {
    throw malformed(`no -${group} with id=${id} stands before it, as key=value`);
  }
  const added = printKeyValues([{ key, value }]);
  changed[index] = { ...target, value: joinKeyValues([target.value, added]) };
}
