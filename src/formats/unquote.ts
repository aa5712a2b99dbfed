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
    const [whole] =
      /^(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[^\s\\"'])+/.exec(rest) ?? [];
    const after = whole === undefined ? rest : rest.slice(whole.length);
    if (whole === undefined || /^\S/.test(after)) return null;
    words.push(unquote(whole));
    rest = after.trimStart();
  }
  return rest === '' ? words : [...words, rest];
}

function unquote(word: string): string {
  const parts = /\\([\s\S])|"((?:\\[\s\S]|[^"\\])*)"|'((?:\\[\s\S]|[^'\\])*)'/g;
  return word.replace(parts, (_, char?: string, double?: string, single?: string) => {
    return char ?? (double ?? single ?? '').replace(/\\([\s\S])/g, '$1');
  });
}
