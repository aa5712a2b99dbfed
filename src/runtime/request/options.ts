import { AppError } from '../../errors.ts';

/** Which options a command takes, by their names without dashes. */
export interface OptionTable {
  /** Options with a value. */
  readonly texts: readonly string[];
  readonly flags: readonly string[];
  /** Whether words that are no options are welcome. */
  readonly positionals: boolean;
}

export interface Options {
  /** Every value of each option that was given, in order. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
  readonly flags: readonly string[];
  readonly positionals: readonly string[];
}

interface Reading {
  readonly table: OptionTable;
  /** Still to be read, the next one first. */
  readonly words: string[];
  readonly texts: Record<string, string[]>;
  readonly flags: string[];
  readonly positionals: string[];
}

/**
 * The options among `words`: `--name VALUE`, `--name=VALUE`, `--flag`; after `--` there are none. VP_USAGE for others.
 * It reads as node:util's parseArgs does, in a tenth of the time: loading that costs more than the rest of a request.
 */
export function readOptions(words: readonly string[], table: OptionTable): Options {
  const reading: Reading = { table, words: [...words], texts: {}, flags: [], positionals: [] };
  for (let word = reading.words.shift(); word !== undefined; word = reading.words.shift()) {
    if (word === '--') for (const each of reading.words.splice(0)) readPositional(reading, each);
    else if (word.startsWith('--')) readLong(reading, word);
    else if (word.startsWith('-') && word !== '-') throw unknown(word.slice(0, 2));
    else readPositional(reading, word);
  }
  return reading;
}

/** A usage error with the way to the help. */
export function usage(message: string, hint = 'see `qemu-launch --help`'): AppError {
  return new AppError('VP_USAGE', message, { hint });
}

function readPositional({ table, positionals }: Reading, word: string): void {
  if (!table.positionals) throw usage(`unexpected argument '${word}'`);
  positionals.push(word);
}

function readLong(reading: Reading, word: string): void {
  const equals = word.indexOf('=', 3);
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const inline = equals < 0 ? null : word.slice(equals + 1);
  if (reading.table.flags.includes(name)) readFlag(reading, name, inline);
  else if (!reading.table.texts.includes(name)) throw unknown(`--${name}`);
  else addText(reading, name, inline ?? nextValue(reading, name));
}

function readFlag({ flags }: Reading, name: string, inline: string | null): void {
  if (inline !== null) throw usage(`option '--${name}' does not take an argument`);
  flags.push(name);
}

function addText({ texts }: Reading, name: string, value: string): void {
  const list = texts[name];
  if (list === undefined) texts[name] = [value];
  else list.push(value);
}

// A forgotten value must not swallow the option behind it; `--name=-x` says that it is one.
function nextValue({ words }: Reading, name: string): string {
  const value = words.shift();
  if (value === undefined) throw usage(`option '--${name} <value>' argument missing`);
  if (value.length < 2 || !value.startsWith('-')) return value;
  throw usage(`option '--${name}' argument is ambiguous.`);
}

function unknown(option: string): AppError {
  return usage(`unknown option '${option}'`);
}
