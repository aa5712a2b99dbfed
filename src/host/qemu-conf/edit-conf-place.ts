import { AppError, type Finding } from '../../errors.ts';
import { findEntry, parseQemuConf } from '../../formats/qemu-conf.ts';
import { type ConfSetting, hasSetting } from '../../formats/qemu-conf-edit.ts';
import { lintQemuConf } from '../../formats/qemu-conf-lint.ts';
import { QEMU_CONF } from '../facts/facts.ts';
import { restartFinding } from '../plan/plan-qemu-conf.ts';
import { readFileState } from '../root-files.ts';
import { editConf, makeConf, requireDirectory, rewriteConf } from './edit-qemu-conf.ts';
import type { ConfPlace } from './read-qemu-conf.ts';

/** One key of a file as it shall be: null for a key that shall not be set. */
export interface ConfEdit {
  readonly place: ConfPlace;
  readonly key: string;
  readonly setting: ConfSetting | null;
  /** The text of the file; null where there is none. */
  readonly before: string | null;
  readonly after: string | null;
  readonly findings: readonly Finding[];
}

/**
 * What an edit would write; null unsets. Throws VP_QEMU_CONF_SYNTAX for a file, and VP_QEMU_CONF_VALUE for
 * a value, that libvirt would refuse; VP_FILE_WRITE where no file can be made.
 */
export function planConfEdit(place: ConfPlace, key: string, setting: ConfSetting | null): ConfEdit {
  const before = place.state.kind === 'file' ? place.state.text : null;
  // So that an error of the file names it.
  parseQemuConf(before ?? '', place.shown);
  const after = before === null && setting === null ? null : editText(place, key, setting);
  const remarks = setting === null ? [] : keyFindings(after ?? '', place.shown, key);
  const isRead = place.root.isLive && place.path === QEMU_CONF && before !== after;
  const findings = [...remarks, ...(isRead ? [restartFinding] : [])];
  return { place, key, setting, before, after, findings };
}

function editText(place: ConfPlace, key: string, setting: ConfSetting | null): string {
  requireDirectory(place.root, place.path);
  if (place.state.kind === 'file') return editConf(place.state, place.state.text, key, setting);
  return editConf({ encoding: 'utf8' }, '', key, setting);
}

function keyFindings(text: string, shown: string, key: string): readonly Finding[] {
  const line = findEntry(parseQemuConf(text, shown), key)?.line;
  const findings = lintQemuConf(text, shown).filter((finding) => finding.line === line);
  const refused = findings.find(({ severity }) => severity === 'error');
  if (refused === undefined) return findings;
  const { message, hint } = refused;
  throw new AppError('VP_QEMU_CONF_VALUE', `cannot set '${key}': ${message}`, { hint });
}

/** Writes what was planned, when it differs, and reads it back; throws VP_FILE_WRITE, VP_APPLY_UNPROVEN. */
export function applyConfEdit({ place, key, setting, before, after }: ConfEdit): void {
  if (after === null || after === before) return;
  const { root, path, state } = place;
  if (state.kind === 'file') rewriteConf(root, path, state, after);
  else makeConf(root, path, after);
  requireEdited(place, key, setting);
}

function requireEdited({ root, path, shown }: ConfPlace, key: string, setting: ConfSetting | null) {
  const state = readFileState(root, path);
  const conf = state.kind === 'file' ? parseQemuConf(state.text, shown) : null;
  const isAsWanted =
    setting === null ? conf && !findEntry(conf, key) : conf && hasSetting(conf, key, setting);
  if (isAsWanted) return;
  const message = `'${key}' is not as it was written to ${shown}`;
  throw new AppError('VP_APPLY_UNPROVEN', message, {
    path: shown,
    hint: 'another program changed the file at the same time: run it again',
  });
}
