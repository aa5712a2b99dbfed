import { messageLine } from '../../errors.ts';
import { findEntry, parseQemuConf, type QemuConf } from '../../formats/qemu-conf.ts';
import { lintQemuConf } from '../../formats/qemu-conf-lint.ts';
import { readConfPlace, requireConf } from '../../host/qemu-conf/read-qemu-conf.ts';
import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { printFindings } from '../print-findings.ts';
import { entryDocument, printEntries, printPlainValue } from '../print-qemu-conf.ts';

export interface QemuConfOptions extends GlobalOptions {
  readonly file?: string;
}

/** Every active setting, duplicates included, and what is to be said about them. */
export async function runShow(context: Context, options: QemuConfOptions): Promise<number> {
  const { text, shown } = readConf(context, options);
  const { entries } = parseQemuConf(text, shown);
  const findings = lintQemuConf(text, shown);
  if (options.json) writeJson(context, { entries: entries.map(entryDocument), findings });
  else {
    context.writeOut(printEntries(entries));
    if (findings.length > 0) context.writeError(printFindings(findings, false));
  }
  return 0;
}

/** The value that libvirt reads for one key. 3: the key is not set. */
export async function runGet(
  context: Context,
  options: QemuConfOptions,
  [key = '']: readonly string[],
): Promise<number> {
  const { text, shown } = readConf(context, options);
  const conf = parseQemuConf(text, shown);
  if (options.json) writeJson(context, getDocument(conf, key));
  const entry = findEntry(conf, key);
  if (entry === undefined) {
    const message = `'${key}' is not set in ${shown}`;
    context.writeError(messageLine('provision', 'info', message, context.isJournal));
    return 3;
  }
  if (!options.json) context.writeOut(printPlainValue(entry.value));
  return 0;
}

function getDocument(conf: QemuConf, key: string): object {
  const entry = findEntry(conf, key);
  return entry === undefined ? { key, value: null } : entryDocument(entry);
}

/** What libvirt silently ignores or gets wrong in the file. 3: there is some. */
export async function runConfLint(context: Context, options: QemuConfOptions): Promise<number> {
  const { text, shown } = readConf(context, options);
  const findings = lintQemuConf(text, shown);
  if (options.json) writeJson(context, { findings });
  else context.writeOut(printFindings(findings, context.hasColour));
  return findings.some(({ severity }) => severity !== 'info') ? 3 : 0;
}

function readConf(context: Context, { root, file }: QemuConfOptions) {
  const place = readConfPlace(root, file ?? null, context.addonFile, 'read');
  return { text: requireConf(place).text, shown: place.shown };
}
