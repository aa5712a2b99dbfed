import { createHash } from 'node:crypto';
import type { Finding } from '../../errors.ts';
import { type FileImage, isSameImage, readImage } from '../journal/file-image.ts';
import {
  isRecordedFile,
  type JournalEntry,
  type RecordedDevice,
  type RecordedFile,
} from '../journal/journal-entry.ts';
import { deviceState } from '../journal/undo-change.ts';
import { octal } from '../plan/plan-files.ts';
import { pathInRoot, type Root } from '../root.ts';
import type { RevertChange, RevertChangeOf } from './revert-change.ts';

/** What taking back these records does to files and the device, and what stands in the way. */
export interface FileRevert {
  readonly changes: readonly RevertChange[];
  readonly writes: readonly RevertWrite[];
  readonly conflicts: readonly Conflict[];
  readonly findings: readonly Finding[];
}

/** A file from what it is to what it was before; null: not there. */
export interface RevertWrite {
  readonly path: string;
  readonly from: FileImage | null;
  readonly to: FileImage | null;
}

/** A file that is not as the apply left it. */
export interface Conflict {
  readonly path: string;
  readonly left: FileImage | null;
  readonly found: FileImage | null;
}

/** Plans for records in the order of work, the newest first; changes nothing. */
export function planFileRevert(
  root: Root,
  entries: readonly JournalEntry[],
  isForced: boolean,
): FileRevert {
  // Each file as it will be when the newer records have been taken back.
  const now = readImages(root, entries);
  const results = entries.flatMap(({ changes }) =>
    changes.toReversed().flatMap((change): readonly FileRevert[] => {
      if (change.kind === 'file') return [planFile(now, change, isForced)];
      return change.kind === 'device' ? [planDevice(root, change)] : [];
    }),
  );
  return {
    changes: results.flatMap(({ changes }) => changes),
    writes: results.flatMap(({ writes }) => writes),
    conflicts: results.flatMap(({ conflicts }) => conflicts),
    findings: results.flatMap(({ findings }) => findings),
  };
}

type Images = Map<string, FileImage | null>;

function readImages(root: Root, entries: readonly JournalEntry[]): Images {
  const files = entries.flatMap(({ changes }) => changes.filter(isRecordedFile));
  return new Map(files.map(({ path }) => [path, readImage(root, path)]));
}

function planFile(now: Images, record: RecordedFile, isForced: boolean): FileRevert {
  const { path, before, after } = record;
  const found = now.get(path) ?? null;
  const isDone = isSameImage(found, before);
  const isConflict = !isDone && !isSameImage(found, after) && !isForced;
  now.set(path, before);
  return {
    changes: [fileChange(path, found, before)],
    writes: isDone ? [] : [{ path, from: found, to: before }],
    conflicts: isConflict ? [{ path, left: after, found }] : [],
    findings: [],
  };
}

function fileChange(path: string, found: FileImage | null, before: FileImage | null): RevertChange {
  const action = isSameImage(found, before) ? 'none' : actionFor(found, before);
  const values = { before: factsOf(found), after: factsOf(before) };
  return { kind: 'file', id: path, action, ...values, done: action === 'none' };
}

function actionFor(found: unknown, before: unknown): RevertChange['action'] {
  if (before === null) return 'remove';
  return found === null ? 'create' : 'update';
}

function factsOf(image: FileImage | null) {
  if (image === null) return null;
  const { content, uid, gid, mode } = image;
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { sha256, uid, gid, mode: octal(mode) };
}

function planDevice(root: Root, record: RecordedDevice): FileRevert {
  const state = deviceState(root, record);
  const { path, before, after } = record;
  const change: RevertChangeOf<'device', { uid: number; group: string; mode: string }> = {
    kind: 'device',
    id: path,
    action: state === 'after' ? 'update' : 'none',
    before: { uid: after.uid, group: after.group, mode: octal(after.mode) },
    after: { uid: before.uid, group: String(before.gid), mode: octal(before.mode) },
    done: state === 'before',
  };
  const findings = state === 'other' ? [deviceFinding(root, path)] : [];
  return { changes: state === 'other' ? [] : [change], writes: [], conflicts: [], findings };
}

function deviceFinding(root: Root, path: string): Finding {
  return {
    code: 'VP_WARN_DEVICE',
    severity: 'warning',
    message: `${pathInRoot(root, path)} is left alone: its owner or mode was changed since`,
    hint: 'a reboot, or `udevadm trigger --sysname-match=kvm`, gives it what the rules say',
  };
}
