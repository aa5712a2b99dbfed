import { AppError } from '../../errors.ts';
import { type KeyValue, printKeyValues } from '../../formats/key-value.ts';
import { type Argument, attempt } from './argument.ts';
import { type Context, hostPath, type Reading } from './reading.ts';
import { readUnknown } from './unknown.ts';

export interface Expanded {
  readonly arguments: readonly Argument[];
  /** What the files themselves are, and what is wrong with them. */
  readonly readings: readonly Reading[];
}

/** Puts the arguments that `-readconfig` files hold in the place of the option. `read`: null where nobody can read them. */
export function expandConfigFiles(
  given: readonly Argument[],
  context: Context,
  read: ((path: string) => string) | null,
): Expanded {
  const readings: Reading[] = [];
  const expand = (argument: Argument) => {
    if (argument.option !== 'readconfig') return [argument];
    const expanded = expandFile(argument, context, read);
    readings.push(...expanded.readings);
    return expanded.arguments;
  };
  return { arguments: given.flatMap(expand), readings };
}

function expandFile(
  argument: Argument,
  context: Context,
  read: ((path: string) => string) | null,
): Expanded {
  return attempt(
    argument,
    (): Expanded => {
      if (read === null) return { arguments: [], readings: [readUnknown(argument, context)] };
      const file = hostPath(context, argument, argument.value, { kind: 'config', access: 'ro' });
      const sections = parseConfigFile(read(file.path), argument);
      return { arguments: sections, readings: [{ paths: [file] }] };
    },
    (finding) => ({ arguments: [], readings: [{ findings: [finding] }] }),
  );
}

/** Sections whose option bears another name. */
const optionOfGroup = new Map([
  ['smp-opts', 'smp'],
  ['boot-opts', 'boot'],
  ['memory', 'm'],
]);

interface Section {
  readonly group: string;
  readonly pairs: KeyValue[];
}

/**
 * The text of a file that `-readconfig` names, as the arguments that would say the same. Follows util/qemu-config.c:
 * `[group "id"]`, `key = "value"`, `#` at the start of a line. Throws VP_ARGUMENT_MALFORMED with the line.
 */
export function parseConfigFile(text: string, argument: Argument): Argument[] {
  const sections: Section[] = [];
  for (const [index, line] of text.split('\n').entries()) readLine(sections, line, index + 1);
  return sections.map(({ group, pairs }) => ({
    option: optionOfGroup.get(group) ?? group,
    value: printKeyValues(pairs),
    text: `${argument.text} [${group}]`,
  }));
}

// What QEMU reads at once, without the end of the line.
const maximumLine = 1022;

function readLine(sections: Section[], line: string, number: number): void {
  if (Buffer.byteLength(line) > maximumLine) throw longLine(number);
  if (line === '' || line.startsWith('#')) return;
  const header = /^\[([^\]\s"]{1,63})(?: "([^"]{1,63})")?\]/.exec(line);
  if (header !== null) {
    const [, group = '', id] = header;
    sections.push({ group, pairs: id === undefined ? [] : [{ key: 'id', value: id }] });
    return;
  }
  const [, key, value] = /^\s*([^\s=,]{1,63})\s*=\s*"([^"]*)"/.exec(line) ?? [];
  const section = sections.at(-1);
  if (key === undefined || value === undefined) throw malformedLine(number, 'key = "value"');
  if (section === undefined) throw malformedLine(number, '[group "id"] first');
  section.pairs.push({ key, value });
}

function malformedLine(line: number, expected: string): AppError {
  return badLine(line, `expected ${expected}`);
}

function longLine(line: number): AppError {
  const reason = 'and QEMU would read the rest as another line';
  return badLine(line, `it is longer than ${maximumLine} bytes, ${reason}`);
}

function badLine(line: number, what: string): AppError {
  const message = `line ${line} of the file: ${what}`;
  return new AppError('VP_ARGUMENT_MALFORMED', message, {
    line,
    hint: 'see -readconfig in qemu(1)',
  });
}
