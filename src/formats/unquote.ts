/**
 * Splits a line at blanks as systemd does for sysusers.d and tmpfiles.d: quotation marks of both kinds
 * anywhere in a word, and a backslash takes the next character as it is. Null when a mark is never closed.
 */
export function splitWords(
  text: string,
  limit = Number.POSITIVE_INFINITY,
): readonly string[] | null {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== '' && words.length < limit) {
    const word = readWord(rest);
    if (word === null) return null;
    words.push(word.value);
    rest = rest.slice(word.end).trimStart();
  }
  return rest === '' ? words : [...words, rest];
}

// One piece at a time: a pattern for the whole word would need the stack for each character of it.
function readWord(text: string): { readonly value: string; readonly end: number } | null {
  const pieces: string[] = [];
  let quote = '';
  let end = 0;
  while (end < text.length) {
    const piece = pieceAt(text, end, quote);
    if (piece === '\\') return null;
    if (piece === quote) quote = '';
    else if (quote === '' && /^["']$/.test(piece)) quote = piece;
    else if (quote === '' && /^\s/.test(piece)) break;
    else pieces.push(piece.startsWith('\\') ? piece.slice(1) : piece);
    end += piece.length;
  }
  return quote === '' ? { value: pieces.join(''), end } : null;
}

const bare = /\\[\s\S]|["'\s]|[^\s\\"']{1,4096}/y;
const inDouble = /\\[\s\S]|"|[^"\\]{1,4096}/y;
const inSingle = /\\[\s\S]|'|[^'\\]{1,4096}/y;

// A mark, a blank, an escaped character or a run of others; a backslash alone is the last character.
function pieceAt(text: string, at: number, quote: string): string {
  const pattern = quote === '' ? bare : quote === '"' ? inDouble : inSingle;
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '\\';
}
