import { AppError } from '../errors.ts';
import { printSetting } from '../formats/qemu-conf-setting.ts';
import { type YamlEntry, type YamlNode, yamlError } from '../formats/yaml.ts';
import { readInteger, readText, wrongType, type YamlSection } from '../formats/yaml-fields.ts';
import type { Policy } from './policy.ts';
import { following, given, type Setting, targetsOwn } from './setting.ts';

type Value = Policy['qemuConf'][string];
interface Leaders {
  readonly user: Setting<string>;
  readonly group: Setting<string>;
  readonly targetId: string;
}

/**
 * The keys for qemu.conf: user and group follow the policy's accounts unless the file says otherwise,
 * then dynamic_ownership, then every other key in the order of the file.
 */
export function readQemuConf(
  conf: YamlSection | null,
  leaders: Leaders,
): readonly Setting<Value>[] {
  const { user, group, targetId } = leaders;
  const others = [...(conf?.entries.values() ?? [])].filter(({ key }) => !first.includes(key));
  return [
    given(conf, 'user', readIdentity) ?? following('qemu_conf.user', user.value, user),
    given(conf, 'group', readIdentity) ?? following('qemu_conf.group', group.value, group),
    given(conf, 'dynamic_ownership', readSwitch) ??
      targetsOwn('qemu_conf.dynamic_ownership', 1, targetId),
    ...others.flatMap((entry) => given(conf, checkKey(entry), readSetting) ?? []),
  ];
}

const first = ['user', 'group', 'dynamic_ownership'];

function checkKey({ key, mark }: YamlEntry): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) return key;
  const hint = 'a letter first, then letters, digits and _';
  throw yamlError(mark, `'${key}' cannot be a key of qemu.conf`, hint);
}

// A name, a number (libvirt tries it as a name first), or + and a number; -1 and its like mean root.
function readIdentity(node: YamlNode, name: string): string {
  const text = readText(node, name);
  const digits = /^\+?([0-9]{1,10})$/.exec(text)?.[1];
  const isId = digits !== undefined && Number(digits) < 4294967295 && Number(digits) !== 65535;
  if (isId || /^[A-Za-z_][A-Za-z0-9_.-]{0,30}$/.test(text)) return text;
  const hint = 'use the name of an account, or "+" and its number';
  throw yamlError(node.mark, `'${name}' is '${text}', which is neither a name nor an id`, hint);
}

function readSwitch(node: YamlNode, name: string): number {
  const value = readInteger(node, name);
  if (value === 0 || value === 1) return value;
  throw yamlError(node.mark, `'${name}' is ${value}`, 'use 0 or 1');
}

// What libvirt or its lens would refuse for this key is refused where it is written.
function readSetting(node: YamlNode, name: string): Value {
  const value = readValue(node, name);
  try {
    printSetting(name.slice(name.indexOf('.') + 1), value);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw yamlError(node.mark, error.message, error.hint);
  }
  return value;
}

function readValue(node: YamlNode, name: string): Value {
  if (node.kind === 'list') return node.items.map((item) => readString(item, name));
  if (node.kind === 'map') throw wrongType(node, name, 'a string, a whole number or a list');
  if (typeof node.value === 'string') return readString(node, name);
  if (typeof node.value === 'boolean') throw wrongType(node, name, 'a number', 'write 0 or 1');
  return readNumber(node, name);
}

function readNumber(node: YamlNode, name: string): number {
  const value = readInteger(node, name);
  if (value >= 0) return value;
  const hint = "libvirt's augeas lens reads no negative number: leave the key out for the default";
  throw yamlError(node.mark, `'${name}' is ${value}`, hint);
}

// The file format has no escapes: a quotation mark or a line break would start something else.
function readString(node: YamlNode, name: string): string {
  const text = readText(node, name);
  if (!/["\p{C}\p{Zl}\p{Zp}]/u.test(text)) return text;
  const message = `'${name}' has a quotation mark, a line break or a control character`;
  throw yamlError(node.mark, message, 'qemu.conf has no way to write these');
}
