import { type YamlNode, yamlError } from '../formats/yaml.ts';
import { readChoice, readText, type YamlSection } from '../formats/yaml-fields.ts';
import type { Target } from '../targets/target.ts';
import type { Policy } from './policy.ts';
import { following, given, type Setting, targetsOwn } from './setting.ts';

type Mode = Policy['kvm']['mode'];
type Access = Policy['kvm']['access'];
interface KvmAccess {
  readonly mode: Setting<Mode>;
  readonly access: Setting<Access>;
}

/**
 * Mode and access of /dev/kvm: 0666 goes with world, 0660 with group and uaccess. When the file says
 * one of the two, the other follows; a contradiction is an error.
 */
export function readKvmAccess(kvm: YamlSection | null, target: Target): KvmAccess {
  const mode = given(kvm, 'mode', readMode);
  const access = given(kvm, 'access', (node, name) => readChoice(node, name, accesses));
  if (access !== null)
    return { mode: mode ?? modeFollowing(access), access: agreeing(access, mode) };
  return mode === null ? own(target) : { mode, access: accessFollowing(mode, target) };
}

const accesses = ['world', 'group', 'uaccess'] as const;

function readMode(node: YamlNode, name: string): Mode {
  const hint = 'write mode: "0666" with access: world, or mode: "0660" with group or uaccess';
  const isNumber = node.kind === 'scalar' && typeof node.value === 'number';
  if (isNumber) throw yamlError(node.mark, `'${name}' must be a string in quotes`, hint);
  const text = readText(node, name);
  if (text === '0666' || text === '0660') return text;
  throw yamlError(node.mark, `'${name}' is "${text}", neither "0666" nor "0660"`, hint);
}

function own(target: Target): KvmAccess {
  return {
    mode: targetsOwn('kvm.mode', target.kvmMode, target.id),
    access: targetsOwn('kvm.access', target.kvmAccess, target.id),
  };
}

function modeFollowing(access: Setting<Access>): Setting<Mode> {
  return following('kvm.mode', modeOf(access.value), access);
}

function accessFollowing(mode: Setting<Mode>, target: Target): Setting<Access> {
  if (mode.value === '0666') return following('kvm.access', 'world', mode);
  return agreeing(targetsOwn('kvm.access', target.kvmAccess, target.id), mode);
}

function agreeing(access: Setting<Access>, mode: Setting<Mode> | null): Setting<Access> {
  if (mode?.mark == null || mode.value === modeOf(access.value)) return access;
  const hint = 'world is mode "0666"; group and uaccess are mode "0660"';
  const message = `mode "${mode.value}" contradicts access ${access.value} (${access.origin})`;
  throw yamlError(mode.mark, message, hint);
}

function modeOf(access: Access): Mode {
  return access === 'world' ? '0666' : '0660';
}
