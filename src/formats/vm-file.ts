import { AppError } from '../errors.ts';

/** A VM file: words as a shell reads them, but nothing is expanded. */
export interface VmFile {
  readonly file: string;
  /** Options of qemu-launch, from before the line `--`. */
  readonly options: readonly string[];
  readonly emulator: string;
  readonly arguments: readonly string[];
}

interface Source {
  readonly file: string;
  readonly text: string;
}

interface Word {
  readonly value: string;
  /** Where it begins and ends in the text. */
  readonly at: number;
  readonly end: number;
}

const maximumLength = 1024 * 1024;
/** MAX_ARG_STRLEN of the kernel, without the NUL: execve(2) takes no longer word. */
const longestWord = 131071;

/**
 * Reads a VM file. A line end is a blank, also behind a backslash, and may be CRLF. VP_USAGE with line and column
 * for what is no word: an open quote, and whatever a shell would expand or obey (`$`, a backquote, `|&;<>()`).
 */
export function parseVmFile(given: string, file: string): VmFile {
  const source = { file, text: given.replaceAll('\r\n', '\n') };
  requireText(source);
  const words = readWords(source);
  const { options, command } = splitOptions(source, words);
  const [emulator, ...rest] = command;
  if (emulator === undefined || emulator.value === '') {
    throw fault(source, emulator?.at ?? source.text.length, 'no emulator');
  }
  if (options.length === 0 && emulator.value.startsWith('-')) {
    const hint = 'options stand before a line `--`, and the emulator after it';
    throw fault(source, emulator.at, `${JSON.stringify(emulator.value)} is no emulator`, hint);
  }
  return { file, options: values(options), emulator: emulator.value, arguments: values(rest) };
}

function requireText(source: Source): void {
  const { file, text } = source;
  if (text.length > maximumLength) {
    throw new AppError('VP_USAGE', `${file} is larger than 1 MiB`, { path: file });
  }
  const at = text.search(/^\ufeff|[\0\ufffd\r]/);
  if (at < 0) return;
  const names = {
    '\0': 'a NUL',
    '\r': 'a carriage return inside a line',
    '\ufeff': 'a byte order mark',
  };
  const name = names[text.charAt(at) as keyof typeof names] ?? 'a byte that is not UTF-8';
  throw fault(source, at, name, 'write it as plain UTF-8 text');
}

function values(words: readonly Word[]): readonly string[] {
  return words.map(({ value }) => value);
}

function splitOptions(source: Source, words: readonly Word[]) {
  const [separator, another] = words.filter((word) => isSeparator(source, word));
  if (separator === undefined) return { options: [], command: words };
  if (!isAlone(source, separator)) {
    throw fault(source, separator.at, '`--` does not stand on a line of its own');
  }
  if (another !== undefined) throw fault(source, another.at, 'a second `--`');
  const at = words.indexOf(separator);
  return { options: words.slice(0, at), command: words.slice(at + 1) };
}

// In quotes it is a word like any other.
function isSeparator({ text }: Source, { value, at, end }: Word): boolean {
  return value === '--' && text.slice(at, end) === '--';
}

function isAlone({ text }: Source, { at, end }: Word): boolean {
  const before = text.slice(text.lastIndexOf('\n', at) + 1, at);
  return /^[ \t]*$/.test(before) && /^[ \t]*(?:#[^\n]*)?(?:\n|$)/.test(text.slice(end));
}

function readWords(source: Source): readonly Word[] {
  const words: Word[] = [];
  let at = skipBlanks(source, 0);
  while (at < source.text.length) {
    const word = readWord(source, at);
    words.push(word);
    at = skipBlanks(source, word.end);
  }
  return words;
}

function skipBlanks({ text }: Source, from: number): number {
  const blanks = /[ \t\n]+|\\\n|#[^\n]*/y;
  blanks.lastIndex = from;
  let end = from;
  while (blanks.test(text)) end = blanks.lastIndex;
  return end;
}

function readWord(source: Source, at: number): Word {
  const piece = /([^ \t\n'"\\$`|&;<>()]+)|'([^']*)'|\\([^\n])|"/y;
  let value = '';
  let end = at;
  for (;;) {
    piece.lastIndex = end;
    const found = piece.exec(source.text);
    if (found === null) break;
    const part = found[1] ?? found[2] ?? found[3];
    const quoted = part === undefined ? readDouble(source, end) : null;
    value += quoted?.value ?? part ?? '';
    end = quoted?.end ?? piece.lastIndex;
  }
  requireEnd(source, end);
  if (Buffer.byteLength(value) > longestWord) {
    throw fault(source, at, `a word of more than ${longestWord} bytes`);
  }
  return { value, at, end };
}

/** What stands between two double quotes, the first of them at `at`. */
function readDouble(source: Source, at: number): Word {
  // As in a shell, a backslash before anything else is itself, and one before a line end joins the lines.
  const piece = /([^"\\$`]+)|\\(["\\$`])|\\\n|(\\)/y;
  piece.lastIndex = at + 1;
  let value = '';
  let end = at + 1;
  for (let found = piece.exec(source.text); found !== null; found = piece.exec(source.text)) {
    value += found[1] ?? found[2] ?? found[3] ?? '';
    end = piece.lastIndex;
  }
  const stop = source.text.charAt(end);
  if (stop === '') throw openQuote(source, at);
  if (stop !== '"') throw expansion(source, end);
  return { value, at, end: end + 1 };
}

/** A word ends at a blank or with the file; all else is refused. */
function requireEnd(source: Source, end: number): void {
  const rest = source.text.slice(end, end + 2);
  if (rest === '' || /^[ \t\n]|^\\\n/.test(rest)) return;
  if (rest.startsWith("'")) throw openQuote(source, end);
  if (rest === '\\') throw fault(source, end, 'nothing follows the backslash');
  throw expansion(source, end);
}

function openQuote(source: Source, at: number): AppError {
  return fault(source, at, `the quote ${source.text.charAt(at)} is not closed`);
}

function expansion(source: Source, at: number): AppError {
  const message = `${source.text.charAt(at)} would mean something to a shell`;
  return fault(source, at, message, 'put it between single quotes, or a backslash before it');
}

function fault({ file, text }: Source, at: number, message: string, hint?: string): AppError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const details = { path: file, line, column, ...(hint === undefined ? {} : { hint }) };
  return new AppError('VP_USAGE', `${file}:${line}:${column}: ${message}`, details);
}
