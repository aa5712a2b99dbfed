import { AppError } from '../errors.ts';
import type { YamlEntry, YamlMap, YamlMark, YamlNode } from '../formats/yaml.ts';

/** A value for one key of the policy, over what the file says. */
export interface PolicySetting {
  /** As in the file: `kvm`, `group`, `gid`. */
  readonly path: readonly string[];
  readonly value: YamlNode;
}

// Line 0: it stands in no file.
const mark: YamlMark = {
  origin: { file: '--set', syntaxCode: 'VP_POLICY_SYNTAX', valueCode: 'VP_POLICY_INVALID' },
  line: 0,
  column: 0,
};

/**
 * Reads `KEY=VALUE`: a whole number, `null`, JSON for a list or for text in quotes, and any other
 * text as it stands. Throws VP_USAGE.
 */
export function parseSetting(word: string): PolicySetting {
  const [, key, text] = /^([a-z_]+(?:\.[A-Za-z0-9_]+)*)=(.*)$/s.exec(word) ?? [];
  if (key === undefined || text === undefined)
    throw usageError(`'${word}' is not KEY=VALUE`, 'for example qemu_conf.user=root');
  return { path: key.split('.'), value: parseValue(text) };
}

/** The policy's mapping with these values in it, the later ones over the earlier; null for no file. */
export function overlaySettings(
  map: YamlMap | null,
  settings: readonly PolicySetting[],
): YamlMap | null {
  return settings.reduce<YamlMap | null>(
    (result, { path, value }) => withValue(result ?? emptyMap, path, value),
    map,
  );
}

const emptyMap: YamlMap = { kind: 'map', entries: [], mark };

function withValue(map: YamlMap, path: readonly string[], value: YamlNode): YamlMap {
  const [key = '', ...rest] = path;
  const entry: YamlEntry = { key, value: valueAt(map, key, rest, value), mark };
  const isNew = !map.entries.some((one) => one.key === key);
  const entries = map.entries.map((one) => {
    if (one.key !== key) return one;
    // A section is still the file's own.
    return rest.length === 0 ? entry : { ...one, value: entry.value };
  });
  return { ...map, entries: isNew ? [...entries, entry] : entries };
}

function valueAt(map: YamlMap, key: string, rest: readonly string[], value: YamlNode): YamlNode {
  if (rest.length === 0) return value;
  const below = map.entries.find((one) => one.key === key)?.value ?? emptyMap;
  // Something else where a section belongs is the file's mistake, and found as such.
  return below.kind === 'map' ? withValue(below, rest, value) : below;
}

function parseValue(text: string): YamlNode {
  if (/^(?:0|-?[1-9][0-9]*)$/.test(text)) return scalar(Number(text), text);
  if (text === 'null') return scalar(null, text);
  return /^["[]/.test(text) ? convert(parseJson(text)) : scalar(text, text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`'${text}' is no JSON`, 'a list is ["a","b"], a text in quotes is "a"');
  }
}

function convert(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(convert), mark };
  if (typeof value === 'string' || typeof value === 'number') return scalar(value, String(value));
  throw usageError(`${JSON.stringify(value)} is no value of a policy`, 'use texts and numbers');
}

function scalar(value: string | number | null, source: string): YamlNode {
  return { kind: 'scalar', value, source, mark };
}

function usageError(message: string, hint: string): AppError {
  return new AppError('VP_USAGE', `--set: ${message}`, { hint });
}
