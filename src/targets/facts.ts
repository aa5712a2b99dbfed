import type { YamlNode } from '../formats/yaml.ts';
import {
  fieldName,
  readChoice,
  readList,
  readSection,
  readText,
  requireField,
  type YamlSection,
} from '../formats/yaml-fields.ts';
import { isVersionWithin } from './version.ts';

/** One fact with its evidence; the value is read by whoever knows its type. */
export interface Fact {
  readonly name: string;
  readonly value: YamlNode;
  /** Where it comes from, and in brackets how sure that is. */
  readonly source: string;
}
export type Facts = ReadonlyMap<string, Fact>;

export interface Versions {
  readonly rpm: string;
  readonly systemd: string;
}

/** What upstream's versions decide: for each fact the rules in order, of which the first that fits holds. */
export type UpstreamRules = ReadonlyMap<string, readonly UpstreamRule[]>;
export interface UpstreamRule extends Fact {
  readonly when: Partial<Versions>;
}

const confidences = ['measured', 'code', 'documented', 'reported', 'inferred', 'unverified'];
const evidence = ['source', 'confidence'];
const components = ['rpm', 'systemd'] as const;
const identity: readonly string[] = [...components, 'rpmMacroValue'];

/** The facts of a release, a trait or a family: `name: { value, source, confidence }`. */
export function readFacts(section: YamlSection): Facts {
  return mapEntries(section, (node, name) => readFact(node, name, ['value', ...evidence]));
}

/** What tells a release from the others, on one evidence: `{ rpm, systemd, rpmMacroValue, source, confidence }`. */
export function readReleaseFacts(node: YamlNode, name: string): Facts {
  const section = readSection(node, name, [...identity, ...evidence]);
  const source = readSource(section);
  const entries = [...section.entries].filter(([key]) => identity.includes(key));
  const facts = { ...section, entries: new Map(entries) };
  return mapEntries(facts, (value, field) => ({ name: field, value, source }));
}

/** The table of rules: `name: [ { value, when: { rpm: RANGE, systemd: RANGE }, source, confidence } ]`. */
export function readUpstreamRules(section: YamlSection): UpstreamRules {
  return mapEntries(section, (node, name) =>
    readList(node, name).map((rule) => readRule(rule, name)),
  );
}

/** The fact `name` by upstream's versions, or undefined. */
export function findUpstreamFact(
  rules: UpstreamRules,
  name: string,
  versions: Versions,
): Fact | undefined {
  const rule = rules.get(name)?.find(({ when }) => isWithin(versions, when));
  if (rule === undefined) return undefined;
  return { ...rule, source: [rule.source, ...describeVersions(versions, rule.when)].join(', ') };
}

function mapEntries<T>(
  section: YamlSection,
  read: (node: YamlNode, name: string) => T,
): ReadonlyMap<string, T> {
  const entries = [...section.entries.values()];
  return new Map(entries.map(({ key, value }) => [key, read(value, fieldName(section, key))]));
}

function readRule(node: YamlNode, name: string): UpstreamRule {
  const fact = readFact(node, name, ['value', 'when', ...evidence]);
  const when = requireField(readSection(node, name, null), 'when');
  const { entries } = readSection(when, `${name}.when`, components);
  const ranges = [...entries.values()].map(({ key, value }) => [key, readText(value, name)]);
  return { ...fact, when: Object.fromEntries(ranges) };
}

function readFact(node: YamlNode, name: string, keys: readonly string[]): Fact {
  const section = readSection(node, name, keys);
  return { name, value: requireField(section, 'value'), source: readSource(section) };
}

function readSource(section: YamlSection): string {
  const source = readText(requireField(section, 'source'), fieldName(section, 'source'));
  const field = requireField(section, 'confidence');
  const confidence = readChoice(field, fieldName(section, 'confidence'), confidences);
  return `${source} (${confidence})`;
}

function isWithin(versions: Versions, when: Partial<Versions>): boolean {
  return components.every((component) => {
    const range = when[component];
    return range === undefined || isVersionWithin(versions[component], range);
  });
}

function describeVersions(versions: Versions, when: Partial<Versions>): readonly string[] {
  return components.flatMap((component) => {
    const range = when[component];
    return range === undefined ? [] : [`${component} ${versions[component]} is ${range}`];
  });
}
