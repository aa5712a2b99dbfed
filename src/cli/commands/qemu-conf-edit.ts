import { AppError, messageLine } from '../../errors.ts';
import { nearNames } from '../../formats/near-names.ts';
import { findEntry, parseQemuConf } from '../../formats/qemu-conf.ts';
import { confKeyNames, findConfKey } from '../../formats/qemu-conf-keys.ts';
import { parseSettingWords } from '../../formats/qemu-conf-words.ts';
import {
  applyConfEdit,
  type ConfEdit,
  planConfEdit,
} from '../../host/qemu-conf/edit-conf-place.ts';
import { type ConfPlace, readConfPlace } from '../../host/qemu-conf/read-qemu-conf.ts';
import { type Context, writeFindings, writeJson } from '../context.ts';
import { entryDocument } from '../print-qemu-conf.ts';
import { printUnifiedDiff } from '../unified-diff.ts';
import type { QemuConfOptions } from './qemu-conf.ts';

export interface EditOptions extends QemuConfOptions {
  readonly dryRun?: true;
  readonly diff?: true;
  readonly force?: true;
}

/** Sets one key in place; a file that already says so is not written. */
export async function runSet(
  context: Context,
  options: EditOptions,
  [key = '', ...words]: readonly string[],
): Promise<number> {
  requireKey(key, options);
  const setting = parseSettingWords(key, words);
  const place = openPlace(context, options);
  return perform(context, options, planConfEdit(place, key, setting));
}

/** Comments out every active line of a key; a file without one is not written. */
export async function runUnset(
  context: Context,
  options: EditOptions,
  [key = '']: readonly string[],
): Promise<number> {
  const place = openPlace(context, options);
  return perform(context, options, planConfEdit(place, key, null));
}

function openPlace(context: Context, { root, file }: EditOptions): ConfPlace {
  return readConfPlace(root, file ?? null, context.addonFile, 'write through');
}

// libvirt ignores an unknown key without a word, and its lens then reads none of the file.
function requireKey(key: string, { force }: EditOptions): void {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key))
    throw new AppError('VP_USAGE', `'${key}' cannot be a key of qemu.conf`, {
      hint: 'a letter first, then letters, digits and _',
    });
  if (force || findConfKey(key) !== undefined) return;
  const near = nearNames(key, confKeyNames()).map((name) => `'${name}'`);
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?\n` : '';
  throw new AppError('VP_QEMU_CONF_VALUE', `libvirt knows no key '${key}'`, {
    hint: `${hint}--force writes it all the same`,
  });
}

function perform(context: Context, options: EditOptions, edit: ConfEdit): number {
  if (!options.dryRun) applyConfEdit(edit);
  if (options.json) writeJson(context, editDocument(edit));
  else describe(context, options, edit);
  return 0;
}

function describe(context: Context, options: EditOptions, edit: ConfEdit): void {
  writeFindings(context, edit.findings);
  const { key, before, after, place } = edit;
  const name = place.path.slice(1);
  if (options.diff) context.writeOut(printUnifiedDiff({ name, before, after }));
  const isSame = before === after;
  const verb = `${options.dryRun ? 'would ' : ''}${edit.setting === null ? 'unset' : 'set'}`;
  const text = isSame
    ? `nothing to do: '${key}' is so in ${place.shown}`
    : `${verb} '${key}' in ${place.shown}`;
  context.writeError(messageLine('provision', 'info', text, context.isJournal));
}

function editDocument({ place, key, before, after, findings }: ConfEdit): object {
  const entryOf = (text: string | null) => {
    const entry = findEntry(parseQemuConf(text ?? '', place.shown), key);
    return entry === undefined ? null : entryDocument(entry);
  };
  return {
    file: place.shown,
    key,
    changed: before !== after,
    before: entryOf(before),
    after: entryOf(after),
    findings,
  };
}
