import { type YamlEntry, type YamlMap, type YamlMark, type YamlNode, yamlError } from './yaml.ts';

/** A mapping as a table, with the name it has in messages. */
export interface YamlSection {
  readonly name: string;
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly mark: YamlMark;
}

/**
 * The keys of the mapping `node`; `name` is its own key, empty for the whole file. A key outside
 * `known` is an error; null knows every key.
 */
export function readSection(
  node: YamlNode,
  name: string,
  known: readonly string[] | null,
): YamlSection {
  const map = readMap(node, name);
  const stray = known && map.entries.find(({ key }) => !known.includes(key));
  if (stray) throw unknownKey(stray, name, known);
  const entries = new Map(map.entries.map((entry) => [entry.key, entry]));
  return { name, entries, mark: map.mark };
}

/** The value of a key that must be there. */
export function requireField(section: YamlSection, key: string): YamlNode {
  const entry = section.entries.get(key);
  if (entry !== undefined) return entry.value;
  throw yamlError(section.mark, `'${fieldName(section, key)}' is missing`);
}

/** The name of a key in messages: `kvm.group.gid`. */
export function fieldName(section: YamlSection, key: string): string {
  return section.name === '' ? key : `${section.name}.${key}`;
}

function unknownKey(entry: YamlEntry, name: string, known: readonly string[]): Error {
  const where = name === '' ? '' : ` in '${name}'`;
  const hint = `the keys${where} are ${known.join(', ')}`;
  return yamlError(entry.mark, `unknown key '${entry.key}'${where}`, hint);
}

function readMap(node: YamlNode, name: string): YamlMap {
  if (node.kind === 'map') return node;
  throw wrongType(node, name, 'a mapping of keys to values');
}

/** A string; a number that looks like one is refused, since it has lost its leading zeros. */
export function readText(node: YamlNode, name: string): string {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
  const isNumber = node.kind === 'scalar' && typeof node.value === 'number';
  const hint = isNumber ? `write it in quotes: "${node.source}"` : undefined;
  throw wrongType(node, name, 'a string', hint);
}

/** A whole number in plain decimal digits; 0x1f, 1.0 and 1e3 are refused. */
export function readInteger(node: YamlNode, name: string): number {
  const isWhole = node.kind === 'scalar' && /^-?(0|[1-9][0-9]*)$/.test(node.source);
  if (isWhole && typeof node.value === 'number' && Number.isSafeInteger(node.value)) {
    return node.value;
  }
  throw wrongType(node, name, 'a whole number');
}

export function readBoolean(node: YamlNode, name: string): boolean {
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  throw wrongType(node, name, 'true or false');
}

export function readList(node: YamlNode, name: string): readonly YamlNode[] {
  if (node.kind === 'list') return node.items;
  throw wrongType(node, name, 'a list');
}

/** One of `choices`, or an error that lists them. */
export function readChoice<T extends string>(
  node: YamlNode,
  name: string,
  choices: readonly T[],
): T {
  const text = readText(node, name);
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw yamlError(node.mark, `'${name}' is '${text}'`, `choose one of ${choices.join(', ')}`);
}

/** True for a written `null` or `~`; a key without any value is not that. */
export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.source !== '';
}

/** An error for a value of the wrong type. */
export function wrongType(node: YamlNode, name: string, wanted: string, hint?: string): Error {
  const subject = name === '' ? 'the file' : `'${name}'`;
  return yamlError(node.mark, `${subject} must be ${wanted}, not ${describeNode(node)}`, hint);
}

function describeNode(node: YamlNode): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a mapping';
  if (node.value === null) return node.source === '' ? 'empty' : 'null';
  return typeof node.value === 'string'
    ? `the string '${node.value}'`
    : `the ${typeof node.value} ${node.source}`;
}
