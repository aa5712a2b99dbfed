type Piece = '*' | ((char: string) => boolean);

/** Whether `text` fits a pattern of fnmatch(3) without flags: `*` and `?` take a slash as well. */
export function matchesGlob(pattern: string, text: string, isCaseInsensitive = false): boolean {
  const fold = (from: string) => (isCaseInsensitive ? from.toLowerCase() : from);
  return matchesPieces(parsePieces(fold(pattern)), [...fold(text)]);
}

// Only the last star is ever widened, so that no pattern takes long.
function matchesPieces(pieces: readonly Piece[], chars: readonly string[]): boolean {
  let piece = 0;
  let star: { readonly piece: number; char: number } | null = null;
  for (let char = 0; char < chars.length; ) {
    const current = pieces[piece];
    if (current === '*') {
      piece += 1;
      star = { piece, char };
    } else if (current?.(chars[char] ?? '')) {
      piece += 1;
      char += 1;
    } else if (star !== null) {
      star.char += 1;
      char = star.char;
      piece = star.piece;
    } else return false;
  }
  return pieces.slice(piece).every((rest) => rest === '*');
}

// A bracket that is never closed stands for itself.
function parsePieces(pattern: string): readonly Piece[] {
  const parts = /\\([\s\S])|\[([!^]?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]|([\s\S])/gu;
  return [...pattern.matchAll(parts)].map(([, quoted, negation, members, char]) => {
    if (members !== undefined) return (one) => isWithin(members, one) === (negation === '');
    if (quoted === undefined && char === '*') return '*';
    if (quoted === undefined && char === '?') return () => true;
    return (one) => one === (quoted ?? char);
  });
}

function isWithin(members: string, char: string): boolean {
  const parts = members.matchAll(/\[:([a-z]+):\]|([\s\S])-([\s\S])|([\s\S])/gu);
  return [...parts].some(([, name, from, to, single]) => {
    if (name !== undefined) return classes[name]?.test(char) ?? false;
    if (from !== undefined && to !== undefined) return from <= char && char <= to;
    return char === single;
  });
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  digit: /^[0-9]$/,
  lower: /^[a-z]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};
