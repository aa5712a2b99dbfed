/** The quoted part of a token of udev(7) rules. */
export interface UdevValue {
  readonly value: string;
  /** Written with the prefix `i`: matches without regard to case. */
  readonly isCaseInsensitive: boolean;
}

const plain = /([ei]{0,2})"((?:\\"|\\(?!")|[^"\\])*)"/y;
const escaped = /([ei]{0,2})"((?:\\[\s\S]|[^"\\])*)"/y;
const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The value that starts at `at`, and where it ends; null when none does. Only `e"…"` knows C's escapes. */
export function parseUdevValue(
  text: string,
  at: number,
): (UdevValue & { readonly end: number }) | null {
  const isEscaped = /^i?e/.test(text.slice(at, at + 2));
  const pattern = isEscaped ? escaped : plain;
  pattern.lastIndex = at;
  const [whole, prefix = '', written = ''] = pattern.exec(text) ?? [];
  if (whole === undefined || /^(ee|ii)$/.test(prefix)) return null;
  const value = isEscaped ? readEscapes(written) : written.replaceAll('\\"', '"');
  const isCaseInsensitive = prefix.includes('i');
  return value === null ? null : { value, isCaseInsensitive, end: at + whole.length };
}

/** The value in quotes, with a prefix where it needs one. */
export function printUdevValue({ value, isCaseInsensitive }: UdevValue): string {
  const prefix = isCaseInsensitive ? 'i' : '';
  if (!/[\\\n\r\t]/.test(value)) return `${prefix}"${value.replaceAll('"', '\\"')}"`;
  return `${prefix}e"${value.replace(/[\\"\n\r\t]/g, printEscape)}"`;
}

function printEscape(char: string): string {
  const letter = Object.entries(escapes).find(([, meant]) => meant === char)?.[0] ?? char;
  return `\\${letter}`;
}

function readEscapes(written: string): string | null {
  let isKnown = true;
  const value = written.replace(/\\(x[0-9A-Fa-f]{2}|[0-3][0-7]{2}|[\s\S])/g, (_, code: string) => {
    const char = readEscape(code);
    isKnown = isKnown && char !== null;
    return char ?? '';
  });
  return isKnown ? value : null;
}

function readEscape(code: string): string | null {
  if (code.length === 1) return escapes[code] ?? null;
  const number = code.startsWith('x')
    ? Number.parseInt(code.slice(1), 16)
    : Number.parseInt(code, 8);
  return number === 0 ? null : String.fromCharCode(number);
}
