import { type YamlMark, type YamlNode, yamlError } from '../formats/yaml.ts';
import {
  isNull,
  readBoolean,
  readChoice,
  readInteger,
  readList,
  readText,
} from '../formats/yaml-fields.ts';
import {
  type Fact,
  type Facts,
  findUpstreamFact,
  type UpstreamRules,
  type Versions,
} from './facts.ts';
import type { ReleaseEntry } from './release-entry.ts';
import type { Target } from './target.ts';

/** What holds where the entry is silent, and where the entry stands. */
export interface Surroundings {
  readonly rules: UpstreamRules;
  readonly mark: YamlMark;
}

interface FactSources extends Surroundings {
  readonly written: Facts;
}

type Take = <T>(name: string, read: (node: YamlNode, name: string) => T) => T;

/** Reads every fact of one target; a fact that is missing, of a wrong type or unknown is an error. */
export function assembleTarget(
  id: string,
  { family, facts: written }: ReleaseEntry,
  surroundings: Surroundings,
): Target {
  const facts = { ...surroundings, written };
  const sources: Record<string, string> = {};
  const versions = readVersions(facts, sources);
  const take: Take = (name, read) => {
    const fact = findFact(facts, name, versions);
    sources[name] = fact.source;
    return read(fact.value, fact.name);
  };
  const target = {
    id,
    family,
    ...versions,
    ...packaging(take),
    ...device(take),
    ...accounts(take),
  };
  rejectUnknown(facts, sources);
  return { ...target, sources };
}

function packaging(take: Take) {
  return {
    rpmMacro: take('rpmMacro', orNull(oneOf('fedora', 'rhel', 'suse_version'))),
    rpmMacroValue: take('rpmMacroValue', orNull(readInteger)),
    accounts: take('accounts', oneOf('scriptlet', 'native')),
    accountTools: take('accountTools', orNull(readText)),
    accountPackages: take('accountPackages', readTexts),
    accountDependencies: take('accountDependencies', oneOf('none', 'weak', 'hard')),
    compatMacro: take('compatMacro', oneOf('none', 'partial', 'complete', 'neutered')),
    hasSysusers: take('hasSysusers', readBoolean),
    commentsOk: take('commentsOk', readBoolean),
    membersOk: take('membersOk', readBoolean),
    bangOk: take('bangOk', readBoolean),
    debhelper: take('debhelper', orNull(readInteger)),
  };
}

function device(take: Take) {
  return {
    udev: take('udev', oneOf('filetrigger', 'scriptlet', 'postinst', 'pre-static-node')),
    rulesDirectory: take('rulesDirectory', readText),
    rulesFile: take('rulesFile', readText),
    staticNode: take('staticNode', readBoolean),
    tmpfilesCompanion: take('tmpfilesCompanion', readBoolean),
    kvmRuleOwner: take('kvmRuleOwner', readText),
    kvmMode: take('kvmMode', oneOf('0666', '0660')),
    kvmAccess: take('kvmAccess', oneOf('world', 'group', 'uaccess')),
  };
}

function accounts(take: Take) {
  return {
    user: take('user', readText),
    uid: take('uid', orNull(readInteger)),
    userComment: take('userComment', readText),
    home: take('home', readText),
    shell: take('shell', readText),
    group: take('group', readText),
    gid: take('gid', orNull(readInteger)),
    kvmGroup: take('kvmGroup', readText),
    kvmGid: take('kvmGid', orNull(readInteger)),
  };
}

// The rules compare versions, so these two cannot come from a rule themselves.
function readVersions(facts: FactSources, sources: Record<string, string>): Versions {
  const readVersion = (name: 'rpm' | 'systemd') => {
    const fact = facts.written.get(name);
    if (fact === undefined) throw yamlError(facts.mark, `the fact '${name}' is missing`);
    sources[name] = fact.source;
    return readText(fact.value, fact.name);
  };
  return { rpm: readVersion('rpm'), systemd: readVersion('systemd') };
}

function findFact(facts: FactSources, name: string, versions: Versions): Fact {
  const fact = facts.written.get(name) ?? findUpstreamFact(facts.rules, name, versions);
  if (fact !== undefined) return fact;
  throw yamlError(facts.mark, `the fact '${name}' is missing`);
}

function rejectUnknown(facts: FactSources, known: Readonly<Record<string, string>>): void {
  const names = [...facts.written.keys(), ...facts.rules.keys()];
  const stray = names.find((name) => known[name] === undefined);
  if (stray !== undefined) throw yamlError(facts.mark, `the fact '${stray}' is not known`);
}

function oneOf<T extends string>(...choices: readonly T[]) {
  return (node: YamlNode, name: string): T => readChoice(node, name, choices);
}

function orNull<T>(read: (node: YamlNode, name: string) => T) {
  return (node: YamlNode, name: string): T | null => (isNull(node) ? null : read(node, name));
}

function readTexts(node: YamlNode, name: string): readonly string[] {
  return readList(node, name).map((item) => readText(item, name));
}
