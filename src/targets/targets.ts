import { AppError } from '../errors.ts';
import { nearNames } from '../formats/near-names.ts';
import { parseYaml, yamlError } from '../formats/yaml.ts';
import {
  readInteger,
  readSection,
  requireField,
  type YamlSection,
} from '../formats/yaml-fields.ts';
import { assembleTarget } from './assemble-target.ts';
import { readUpstreamRules } from './facts.ts';
import { families, readReleaseEntry } from './release-entry.ts';
import type { Target } from './target.ts';

/**
 * Reads the table of targets: what is written down for a release (see `readReleaseEntry`), else the
 * first of upstream's rules that fits its versions. Throws VP_INTERNAL with file and line.
 */
export function parseTargets(text: string, file: string): readonly Target[] {
  const origin = { file, syntaxCode: 'VP_INTERNAL', valueCode: 'VP_INTERNAL' } as const;
  const table = readSection(parseYaml(text, origin), '', tableKeys);
  requireVersion(table);
  const rules = readUpstreamRules(readTable(table, 'upstream'));
  const tables = {
    families: readTable(table, 'families', families),
    traits: readTable(table, 'traits'),
    targets: readTable(table, 'targets'),
  };
  return [...tables.targets.entries.values()].map(({ key, value }) =>
    assembleTarget(key, readReleaseEntry(key, tables), { rules, mark: value.mark }),
  );
}

/** The target of exactly that name; VP_TARGET_UNKNOWN names the nearest ones. */
export function findTarget(targets: readonly Target[], id: string): Target {
  const target = targets.find((candidate) => candidate.id === id);
  if (target !== undefined) return target;
  const near = nearNames(
    id,
    targets.map((candidate) => candidate.id),
  );
  const guess = near.length === 0 ? '' : `did you mean ${near.join(', ')}?\n`;
  const hint = `${guess}'provision targets' lists all`;
  throw new AppError('VP_TARGET_UNKNOWN', `target '${id}' is not known`, { hint });
}

const tableKeys = ['version', 'upstream', 'traits', 'families', 'targets'];

function requireVersion(table: YamlSection): void {
  const node = requireField(table, 'version');
  const version = readInteger(node, 'version');
  if (version !== 1) throw yamlError(node.mark, `version ${version} of the table is not known`);
}

function readTable(
  table: YamlSection,
  key: string,
  known: readonly string[] | null = null,
): YamlSection {
  return readSection(requireField(table, key), key, known);
}
