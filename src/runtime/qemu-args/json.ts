import { AppError } from '../../errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A map and no plain object: a key such as `__proto__` is a key like any other. */
export type JsonObject = ReadonlyMap<string, Json>;

/** QEMU's own limit (qobject/json-parser.c). */
export const maximumDepth = 1024;

interface Reader {
  readonly text: string;
  /** Without escapes and control characters: a string ends at the next quote. */
  readonly isPlain: boolean;
  position: number;
  depth: number;
}

/**
 * Reads an object as QEMU's own reader does: standard JSON, strings also in single quotes, no key twice, no NUL.
 * Throws VP_ARGUMENT_MALFORMED with the column.
 */
export function parseJsonObject(text: string): JsonObject {
  const reader: Reader = { text, isPlain: !special.test(text), position: 0, depth: 0 };
  moveTo(reader, 0);
  const value = parseObject(reader);
  if (reader.position < text.length) throw malformed(reader, 'nothing more after the object');
  return value;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

function parseValue(reader: Reader): Json {
  const first = reader.text[reader.position];
  if (first === '{') return nested(reader, parseObject);
  if (first === '[') return nested(reader, parseArray);
  if (first === '"' || first === "'") return parseString(reader, first);
  return parseWord(reader);
}

function nested<Value>(reader: Reader, parse: (reader: Reader) => Value): Value {
  reader.depth += 1;
  if (reader.depth >= maximumDepth) throw malformed(reader, 'less nesting');
  const value = parse(reader);
  reader.depth -= 1;
  return value;
}

function parseObject(reader: Reader): JsonObject {
  const object = new Map<string, Json>();
  expect(reader, '{');
  if (accept(reader, '}')) return object;
  do parseMember(reader, object);
  while (accept(reader, ','));
  expect(reader, '}');
  return object;
}

function parseMember(reader: Reader, object: Map<string, Json>): void {
  const start = reader.position;
  const quote = reader.text[start];
  if (quote !== '"' && quote !== "'") throw malformed(reader, 'a key in quotes');
  const key = parseString(reader, quote);
  if (object.has(key))
    throw malformed({ ...reader, position: start }, `the key '${key}' once only`);
  expect(reader, ':');
  object.set(key, parseValue(reader));
}

function parseArray(reader: Reader): readonly Json[] {
  const items: Json[] = [];
  expect(reader, '[');
  if (accept(reader, ']')) return items;
  do items.push(parseValue(reader));
  while (accept(reader, ','));
  expect(reader, ']');
  return items;
}

function accept(reader: Reader, character: string): boolean {
  if (reader.text[reader.position] !== character) return false;
  reader.position += 1;
  // Seldom is there space, and a start asks this hundreds of times.
  if (reader.text.charCodeAt(reader.position) <= 32) moveTo(reader, reader.position);
  return true;
}

function expect(reader: Reader, character: string): void {
  if (!accept(reader, character)) throw malformed(reader, `'${character}'`);
}

/** Goes on at the position, or where the space that is there ends. */
function moveTo(reader: Reader, position: number): void {
  let next = position;
  while (' \t\r\n'.includes(reader.text[next] ?? '.')) next += 1;
  reader.position = next;
}

function parseWord(reader: Reader): Json {
  const word = wordAt(reader);
  try {
    const value = JSON.parse(word) as Json;
    moveTo(reader, reader.position + word.length);
    return value;
  } catch {
    throw malformed(reader, 'a value');
  }
}

/** A number, true, false or null: it goes up to what may stand after a value. */
function wordAt({ text, position }: Reader): string {
  let end = position;
  while (!' \t\r\n,]}'.includes(text[end] ?? ' ')) end += 1;
  return text.slice(position, end);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters may not stand in a string
const plain = { '"': /[^"\\\u0000-\u001f]+/y, "'": /[^'\\\u0000-\u001f]+/y };

function parseString(reader: Reader, quote: '"' | "'"): string {
  const start = reader.position + 1;
  const end = reader.text.indexOf(quote, start);
  if (!reader.isPlain || end === -1) return parseSpecialString(reader, quote);
  moveTo(reader, end + 1);
  return reader.text.slice(start, end);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters may not stand in a string
const special = /[\\\u0000-\u001f]/;

function parseSpecialString(reader: Reader, quote: '"' | "'"): string {
  const parts: string[] = [];
  reader.position += 1;
  while (reader.text[reader.position] !== quote) {
    const part = match(reader, plain[quote]) || parseEscape(reader);
    parts.push(part);
  }
  moveTo(reader, reader.position + 1);
  return parts.join('');
}

const escapeSequence =
  /\\(?:["'\\/bfnrt]|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F]|0000)[0-9a-fA-F]{4})/y;

function parseEscape(reader: Reader): string {
  const found = match(reader, escapeSequence);
  if (found === '') throw malformed(reader, 'a closing quote or a valid character');
  return found === "\\'" ? "'" : (JSON.parse(`"${found}"`) as string);
}

function match(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.position;
  const found = pattern.exec(reader.text)?.[0] ?? '';
  reader.position += found.length;
  return found;
}

function malformed(reader: Reader, expected: string): AppError {
  const column = reader.position + 1;
  const message = `malformed JSON at character ${column}: expected ${expected}`;
  return new AppError('VP_ARGUMENT_MALFORMED', message, { column });
}
