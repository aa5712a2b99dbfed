import { AppError } from '../errors.ts';
import { parseQemuConf } from './qemu-conf.ts';
import { findConfKey, type KeyKind } from './qemu-conf-keys.ts';
import type { ConfSetting } from './qemu-conf-setting.ts';

/**
 * What the words of a command mean for a key: a string is taken as it is, without quotes; a list is one
 * word for each item, or one word in the form of the file (`[]`, `[ "a", "b" ]`). A key that is not known
 * takes digits as a number. Throws VP_USAGE, and VP_QEMU_CONF_VALUE for what is no number.
 */
export function parseSettingWords(key: string, words: readonly string[]): ConfSetting {
  const kind = findConfKey(key)?.kind ?? guessKind(words);
  if (kind === 'list') return parseList(key, words);
  const [word = ''] = words;
  if (words.length !== 1)
    throw new AppError('VP_USAGE', `'${key}' takes one value, not ${words.length}`, {
      hint: 'quote a value that has blanks',
    });
  if (numeric.includes(kind)) return parseNumber(key, word);
  const isNumber = (kind === 'core' || kind === 'bytes') && /^[0-9]+$/.test(word);
  return isNumber ? parseNumber(key, word) : word;
}

const numeric: readonly KeyKind[] = ['switch', 'count', 'signed'];

function guessKind(words: readonly string[]): KeyKind {
  const [word = ''] = words;
  if (words.length > 1 || word.startsWith('[')) return 'list';
  return /^[0-9]+$/.test(word) ? 'count' : 'string';
}

function parseNumber(key: string, word: string): number {
  if (/^-?[0-9]{1,15}$/.test(word)) return Number(word);
  const message = `cannot set '${key}': '${word}' is no whole number`;
  throw new AppError('VP_QEMU_CONF_VALUE', message, { hint: 'use digits alone' });
}

function parseList(key: string, words: readonly string[]): readonly string[] {
  const [word = ''] = words;
  if (words.length !== 1 || !word.startsWith('[')) return words;
  const [entry, ...others] = parseQemuConf(`${key} = ${word}\n`, 'VALUE').entries;
  const items = entry?.value.type === 'list' ? entry.value.value : [];
  const strings = items.flatMap((item) => (item.type === 'string' ? [item.value] : []));
  if (strings.length === items.length && others.length === 0) return strings;
  const message = `cannot set '${key}': ${word} is no list of strings`;
  throw new AppError('VP_QEMU_CONF_VALUE', message, { hint: 'quote each item: [ "a", "b" ]' });
}
