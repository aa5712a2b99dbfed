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
const evidence = ['value', 'source', 'confidence'];

/** The facts of a release or a family: `name: { value, source, confidence }`. */
export function readFacts(section: YamlSection): ReadonlyMap<string, Fact> {
  return mapEntries(section, (node, name) => readFact(node, name, evidence));
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
  const fact = readFact(node, name, [...evidence, 'when']);
  const when = requireField(readSection(node, name, null), 'when');
  const { entries } = readSection(when, `${name}.when`, ['rpm', 'systemd']);
  const ranges = [...entries.values()].map(({ key, value }) => [key, readText(value, name)]);
  return { ...fact, when: Object.fromEntries(ranges) };
}

function readFact(node: YamlNode, name: string, keys: readonly string[]): Fact {
  const section = readSection(node, name, keys);
  const value = requireField(section, 'value');
  const source = readText(requireField(section, 'source'), `${name}.source`);
  const field = requireField(section, 'confidence');
  const confidence = readChoice(field, `${name}.confidence`, confidences);
  return { name, value, source: `${source} (${confidence})` };
}

function isWithin({ rpm, systemd }: Versions, when: Partial<Versions>): boolean {
  return isVersionWithin(rpm, when.rpm ?? '*') && isVersionWithin(systemd, when.systemd ?? '*');
}

function describeVersions(versions: Versions, when: Partial<Versions>): readonly string[] {
  return (['rpm', 'systemd'] as const).flatMap((component) => {
    const range = when[component];
    return range === undefined ? [] : [`${component} ${versions[component]} is ${range}`];
  });
}
