import { type Limit, type LimitName, limitNames } from '../../formats/proc-limits.ts';
import type { LimitWish } from '../configure/limits.ts';
import { usage } from './options.ts';

/** `NAME=SOFT[:HARD]` as a wish, in the unit of setrlimit(2); one value alone is soft and hard limit alike. VP_USAGE else. */
export function parseLimitOption(text: string): LimitWish {
  const [, name = '', softWord = '', hardWord = softWord] =
    /^([a-z]+)=([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (name === '') throw usage(`--limit wants NAME=SOFT[:HARD], not ${JSON.stringify(text)}`);
  if (!isLimitName(name)) {
    throw usage(`--limit knows no ${JSON.stringify(name)}`, `it knows ${limitNames.join(', ')}`);
  }
  const [soft, hard] = [parseValue(name, softWord), parseValue(name, hardWord)];
  if (asNumber(soft) > asNumber(hard)) {
    throw usage(`--limit ${name}: the soft limit ${soft} is more than the hard one, ${hard}`);
  }
  return { name, limit: [soft, hard], from: `--limit ${name}`, isOption: true };
}

function isLimitName(name: string): name is LimitName {
  return (limitNames as readonly string[]).includes(name);
}

function parseValue(name: LimitName, word: string): Limit {
  if (word === 'unlimited') return word;
  const value = Number(word);
  if (/^[0-9]+$/.test(word) && Number.isSafeInteger(value)) return value;
  const most = Number.MAX_SAFE_INTEGER;
  throw usage(
    `--limit ${name} wants a number up to ${most} or "unlimited", not ${JSON.stringify(word)}`,
  );
}

function asNumber(limit: Limit): number {
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
}
