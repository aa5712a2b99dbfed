import { type YamlNode, yamlError } from '../formats/yaml.ts';
import {
  readChoice,
  readList,
  readSection,
  readText,
  requireField,
  type YamlSection,
} from '../formats/yaml-fields.ts';
import { type Facts, readFacts, readReleaseFacts } from './facts.ts';
import type { Target } from './target.ts';

export const families = ['fedora', 'rhel', 'opensuse', 'debian', 'ubuntu'] as const;

/** The parts of the table that an entry of `targets` draws on. */
export interface ReleaseTables {
  readonly families: YamlSection;
  readonly traits: YamlSection;
  readonly targets: YamlSection;
}

/** One release and every fact that is written down for it; upstream's rules fill the gaps. */
export interface ReleaseEntry {
  readonly family: Target['family'];
  readonly facts: Facts;
}

/**
 * Reads `id: { family | like, release, traits, FACT… }`. What stands nearer wins: the entry's own
 * facts, its `release`, its traits (a later one over an earlier one), then the release that it is
 * `like`, or its family.
 */
export function readReleaseEntry(id: string, tables: ReleaseTables): ReleaseEntry {
  const section = readSection(requireField(tables.targets, id), id, null);
  const base = readBase(section, tables);
  const facts = [base.facts, ...readTraits(section, tables.traits), readOwnRelease(section)];
  const own = readFacts({ ...section, entries: withoutReserved(section) });
  return { family: base.family, facts: new Map([...facts, own].flatMap((some) => [...some])) };
}

const reserved = ['family', 'like', 'release', 'traits'];

function withoutReserved({ entries }: YamlSection): YamlSection['entries'] {
  return new Map([...entries].filter(([key]) => !reserved.includes(key)));
}

function readBase(section: YamlSection, tables: ReleaseTables): ReleaseEntry {
  const like = section.entries.get('like');
  if (like !== undefined) return readModel(like.value, `${section.name}.like`, tables);
  const field = requireField(section, 'family');
  const family = readChoice(field, `${section.name}.family`, families);
  return {
    family,
    facts: readFacts(readSection(requireField(tables.families, family), family, null)),
  };
}

// A model that is like another itself could lead in a circle.
function readModel(node: YamlNode, name: string, tables: ReleaseTables): ReleaseEntry {
  const entries = [...tables.targets.entries.values()];
  const models = entries.filter(({ value }) => !isLike(value)).map(({ key }) => key);
  return readReleaseEntry(readChoice(node, name, models), tables);
}

function isLike(node: YamlNode): boolean {
  return node.kind === 'map' && node.entries.some(({ key }) => key === 'like');
}

function readTraits(section: YamlSection, traits: YamlSection): readonly Facts[] {
  const list = section.entries.get('traits');
  if (list === undefined) return [];
  const name = `${section.name}.traits`;
  return readList(list.value, name).map((node) => {
    const key = readText(node, name);
    const trait = traits.entries.get(key);
    if (trait !== undefined) return readFacts(readSection(trait.value, key, null));
    throw yamlError(node.mark, `'${name}' names the trait '${key}', which there is not`);
  });
}

function readOwnRelease(section: YamlSection): Facts {
  const release = section.entries.get('release');
  return release === undefined
    ? new Map()
    : readReleaseFacts(release.value, `${section.name}.release`);
}
