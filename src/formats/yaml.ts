import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { AppError, type ErrorCode } from '../errors.ts';
import { findUnsafeYaml } from './yaml-safety.ts';

/** What a YAML text is read for: its name in messages, and the codes of its errors. */
export interface YamlOrigin {
  readonly file: string;
  readonly syntaxCode: ErrorCode;
  readonly valueCode: ErrorCode;
}

/** Where something stands; line and column count from 1, and line 0 is none: `file` says it all. */
export interface YamlMark {
  readonly origin: YamlOrigin;
  readonly line: number;
  readonly column: number;
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The text as it was written, without quotes. */
  readonly source: string;
  readonly mark: YamlMark;
}
export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly mark: YamlMark;
}
export interface YamlEntry {
  readonly key: string;
  readonly value: YamlNode;
  readonly mark: YamlMark;
}
export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly mark: YamlMark;
}
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface Reading {
  readonly origin: YamlOrigin;
  readonly lines: LineCounter;
}

/**
 * Reads one YAML 1.2 document, core schema, whose top is a mapping. Anchors, aliases, tags,
 * directives, duplicate keys and further documents are errors with line and column.
 */
export function parseYaml(text: string, origin: YamlOrigin): YamlMap {
  const unsafe = findUnsafeYaml(text);
  if (unsafe !== null) throw syntaxError({ origin, ...unsafe }, unsafe.message, unsafe.hint);
  const reading = { origin, lines: new LineCounter() };
  const node = convert(onlyDocument(text, reading), reading);
  if (node.kind === 'map') return node;
  if (node.kind === 'scalar' && node.source === '') throw emptyError(origin);
  throw yamlError(node.mark, 'the file is not a mapping of keys to values');
}

/** An error about a value that is well written but cannot be accepted. */
export function yamlError(mark: YamlMark, message: string, hint?: string): AppError {
  return markedError(mark.origin.valueCode, mark, message, hint);
}

/** `FILE:LINE`, or where else it comes from. */
export function placeOf({ origin, line }: YamlMark): string {
  return line === 0 ? origin.file : `${origin.file}:${line}`;
}

function syntaxError(mark: YamlMark, message: string, hint?: string): AppError {
  return markedError(mark.origin.syntaxCode, mark, message, hint);
}

function markedError(code: ErrorCode, mark: YamlMark, message: string, hint?: string): AppError {
  const { origin, line, column } = mark;
  const hints = hint === undefined ? {} : { hint };
  if (line === 0) return new AppError(code, `${origin.file}: ${message}`, hints);
  return new AppError(code, `${origin.file}:${line}:${column}: ${message}`, {
    path: origin.file,
    line,
    column,
    ...hints,
  });
}

function onlyDocument(text: string, reading: Reading): Node {
  const documents = parseAllDocuments(text, {
    lineCounter: reading.lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    prettyErrors: false,
  });
  // Nothing but blanks and comments comes back as an empty stream.
  const first = 'empty' in documents ? undefined : documents[0];
  if (first !== undefined) rejectDefects(first, reading);
  if (first?.contents == null) throw emptyError(reading.origin);
  rejectFurther(documents[1], reading);
  return first.contents;
}

function emptyError(origin: YamlOrigin): AppError {
  const hint = 'write at least one key, or remove the file';
  return syntaxError({ origin, line: 1, column: 1 }, 'the file is empty', hint);
}

function rejectFurther(document: Document | undefined, reading: Reading): void {
  if (document === undefined) return;
  const mark = markAt(document.contents?.range?.[0] ?? document.range?.[0] ?? 0, reading);
  throw syntaxError(mark, 'a second document', 'keep one document in the file');
}

function rejectDefects(document: Document, reading: Reading): void {
  const defect = document.errors[0] ?? document.warnings[0];
  if (defect === undefined) return;
  const message = { DUPLICATE_KEY: 'the key stands twice' as string }[defect.code as string];
  throw syntaxError(markAt(defect.pos[0], reading), message ?? lowerCaseStart(defect.message));
}

function lowerCaseStart(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function convert(node: unknown, reading: Reading): YamlNode {
  rejectIndirection(node, reading);
  if (isMap(node)) return convertMap(node, reading);
  const mark = markOf(node, reading);
  if (isSeq(node)) {
    return { kind: 'list', items: node.items.map((item) => convert(item, reading)), mark };
  }
  return { kind: 'scalar', ...scalarOf(node), mark };
}

function scalarOf(node: unknown): Pick<YamlScalar, 'value' | 'source'> {
  if (!isScalar(node)) return { value: null, source: '' };
  const { value } = node;
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return {
    value: isPlain || typeof value === 'boolean' ? value : null,
    source: node.source ?? '',
  };
}

function convertMap(node: YAMLMap, reading: Reading): YamlMap {
  const entries = node.items.map(({ key, value }) => {
    const name = convert(key, reading);
    if (name.kind !== 'scalar') throw syntaxError(name.mark, 'a key that is no plain word');
    const mark = name.mark;
    const given = value === null ? { ...name, value: null, source: '' } : convert(value, reading);
    return { key: name.source, value: given, mark };
  });
  return { kind: 'map', entries, mark: markOf(node, reading) };
}

// One value in two places, or a value of a made-up type, is nothing that a reviewer would see.
function rejectIndirection(node: unknown, reading: Reading): void {
  const marked = node as { anchor?: unknown; tag?: unknown } | null;
  const isIndirect = isAlias(node) || marked?.anchor !== undefined || marked?.tag !== undefined;
  if (!isIndirect) return;
  const hint = 'write the value out where it is used';
  throw syntaxError(markOf(node, reading), 'an anchor, an alias or a tag', hint);
}

function markOf(node: unknown, reading: Reading): YamlMark {
  return markAt((node as Partial<Node> | null)?.range?.[0] ?? 0, reading);
}

function markAt(offset: number, reading: Reading): YamlMark {
  const { line, col } = reading.lines.linePos(offset);
  return { origin: reading.origin, line: Math.max(line, 1), column: Math.max(col, 1) };
}
