import { AppError } from '../errors.ts';
import { parseKeyValues } from '../formats/key-value.ts';

/** The guest's name of QEMU's `-name`; the last one counts. Null without one, or when it makes no sense. */
export function findGuestName(words: readonly string[]): string | null {
  const place = words.findLastIndex((word) => word === '-name' || word === '--name');
  const value = place < 0 ? undefined : words[place + 1];
  return value === undefined ? null : parseGuestName(value);
}

function parseGuestName(text: string): string | null {
  try {
    const pairs = parseKeyValues(text, { impliedKey: 'guest', flags: true });
    return pairs.findLast(({ key }) => key === 'guest')?.value ?? null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
