import { isDeepStrictEqual } from 'node:util';
import { type ConfValue, findEntry, parseQemuConf, type QemuConf } from './qemu-conf.ts';
import { commentOut, lineEnding } from './qemu-conf-comment-out.ts';
import { findConfKey } from './qemu-conf-keys.ts';
import { type ConfSetting, printSetting, toConfValue } from './qemu-conf-setting.ts';

export { type ConfSetting, printSetting } from './qemu-conf-setting.ts';

/**
 * Sets `key` in the text of a qemu.conf and keeps every other byte: the first active line is changed
 * in place and later ones, which libvirt ignores, are commented out; without an active line one is
 * added below the last commented sample, else at the end. New text stays inside libvirt's augeas lens.
 * Throws VP_QEMU_CONF_SYNTAX for a text that libvirt refuses, VP_QEMU_CONF_VALUE for a value it cannot hold.
 */
export function setQemuConf(text: string, key: string, value: ConfSetting): string {
  const conf = parseQemuConf(text, 'qemu.conf');
  const [first, ...duplicates] = conf.entries.filter((entry) => entry.key === key);
  const printed = printSetting(key, value);
  if (first === undefined) return insertLine(text, conf, key, printed);
  const why = `libvirt uses the first '${key}' only`;
  const tail = duplicates.reduceRight((rest, entry) => commentOut(rest, entry, why), text);
  const kept = text.slice(first.start, first.end);
  const written = isSetting(key, first.value, value) ? kept : printed;
  return text.slice(0, first.start) + written + tail.slice(first.end);
}

/** Comments out every active line of `key`; without one the text stays as it is. Throws VP_QEMU_CONF_SYNTAX. */
export function unsetQemuConf(text: string, key: string): string {
  const { entries } = parseQemuConf(text, 'qemu.conf');
  const lines = entries.filter((entry) => entry.key === key);
  return lines.reduceRight((rest, entry) => commentOut(rest, entry, `'${key}' was unset`), text);
}

/** True when libvirt reads `value` for `key` from this file. */
export function hasSetting(conf: QemuConf, key: string, value: ConfSetting): boolean {
  const entry = findEntry(conf, key);
  return entry !== undefined && isSetting(key, entry.value, value);
}

function isSetting(key: string, found: ConfValue, wanted: ConfSetting): boolean {
  if (findConfKey(key)?.kind === 'names')
    return isDeepStrictEqual(asList(found), asList(toConfValue(wanted)));
  return isDeepStrictEqual(found, toConfValue(wanted));
}

// Where libvirt takes both, one string is a list of one.
function asList(value: ConfValue): ConfValue {
  return value.type === 'string' ? { type: 'list', value: [value] } : value;
}

function insertLine(text: string, conf: QemuConf, key: string, printed: string): string {
  const eol = lineEnding(text);
  const at = endOfSample(text, conf, key) ?? text.length;
  const before = text.slice(0, at);
  const gap = before === '' || /[\r\n]$/.test(before) ? '' : eol;
  return `${before}${gap}${key} = ${printed}${eol}${text.slice(at)}`;
}

// libvirt's own samples have no blank behind `#`, its prose has; a sample list may span lines.
function endOfSample(text: string, conf: QemuConf, key: string): number | null {
  const sample = new RegExp(
    `(?<=^|[\\r\\n])#${key}[ \\t]*=[ \\t]*(\\[[^\\]\\r\\n]*((\\r\\n|\\n|\\r)#[^\\]\\r\\n]*)*\\])?[^\\r\\n]*(\\r\\n|\\n|\\r|$)`,
    'g',
  );
  const isComment = (at: number) => conf.entries.every(({ start, end }) => at < start || at >= end);
  const last = [...text.matchAll(sample)].filter((match) => isComment(match.index)).at(-1);
  return last === undefined ? null : last.index + last[0].length;
}
