import { AppError } from '../errors.ts';
import { parseYaml, type YamlNode, yamlError } from '../formats/yaml.ts';
import {
  readChoice,
  readInteger,
  readSection,
  requireField,
  type YamlSection,
} from '../formats/yaml-fields.ts';
import { assembleTarget, type FactSources } from './assemble-target.ts';
import { readFacts, readUpstreamRules } from './facts.ts';
import { nearNames } from './near-names.ts';
import type { Target } from './target.ts';

const families = ['fedora', 'rhel', 'opensuse', 'debian', 'ubuntu'] as const;

/**
 * Reads the table of targets. A release takes each fact from its own entry, else from its family's,
 * else from the first of upstream's rules that fits its versions. Throws VP_INTERNAL with file and line.
 */
export function parseTargets(text: string, file: string): readonly Target[] {
  const origin = { file, syntaxCode: 'VP_INTERNAL', valueCode: 'VP_INTERNAL' } as const;
  const table = readSection(parseYaml(text, origin), '', tableKeys);
  requireVersion(table);
  const shared = {
    rules: readUpstreamRules(readTable(table, 'upstream')),
    families: readTable(table, 'families', families),
  };
  const targets = readTable(table, 'targets');
  return [...targets.entries.values()].map(({ key, value }) => readTarget(key, value, shared));
}

/** The target of that name; VP_TARGET_UNKNOWN names the nearest ones. */
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

const tableKeys = ['version', 'upstream', 'families', 'targets'];

interface SharedFacts {
  readonly rules: FactSources['rules'];
  readonly families: YamlSection;
}

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

function readTarget(id: string, node: YamlNode, shared: SharedFacts): Target {
  const section = readSection(node, id, null);
  const field = requireField(section, 'family');
  const family = readChoice(field, `${id}.family`, families);
  const own = new Map([...section.entries].filter(([key]) => key !== 'family'));
  const common = readSection(requireField(shared.families, family), family, null);
  return assembleTarget(id, family, {
    own: readFacts({ ...section, entries: own }),
    common: readFacts(common),
    rules: shared.rules,
    mark: section.mark,
  });
}
