import { isUtf8 } from 'node:buffer';
import type { HostPlan } from '../plan/change.ts';
import { type Change, isPending } from '../plan/change.ts';
import { editConf } from '../qemu-conf/edit-qemu-conf.ts';
import type { Root } from '../root.ts';
import { type FileImage, readImage } from './file-image.ts';

/** A file that a plan replaces, makes or removes. */
export interface FileWrite {
  readonly path: string;
  readonly before: FileImage | null;
  /** Null: it goes. */
  readonly after: FileImage | null;
}

type FileChange = Extract<Change, { kind: 'file' }>;
type ConfChange = Extract<Change, { kind: 'conf' }>;

/** Every pending file of the plan, byte for byte as it is and as it will be, in the order of work. */
export function planWrites(
  root: Root,
  { changes }: Pick<HostPlan, 'changes'>,
): readonly FileWrite[] {
  return changes.filter(isPending).flatMap((change) => {
    if (change.kind !== 'file' && change.kind !== 'conf') return [];
    const before = readImage(root, change.id);
    const after = change.kind === 'file' ? wholeFile(change) : editedFile(change, before);
    return [{ path: change.id, before, after }];
  });
}

// An access list or label that somebody gave the old file is not meant for root's new one.
function wholeFile({ after }: FileChange): FileImage | null {
  if (after === null) return null;
  const { text, uid, gid, mode } = after;
  const content = Buffer.from(text);
  return { content, uid, gid, mode: Number.parseInt(mode, 8), attributes: null };
}

function editedFile({ after }: ConfChange, before: FileImage | null): FileImage {
  // Passwords may be added to it later, so that a new one is for root alone.
  if (before === null) return { ...rootOnly, content: Buffer.from(after.text ?? '') };
  const encoding = isUtf8(before.content) ? 'utf8' : 'latin1';
  const text = Object.entries(after.settings).reduce(
    (edited, [key, value]) => editConf({ encoding }, edited, key, value),
    before.content.toString(encoding),
  );
  return { ...before, content: Buffer.from(text, encoding) };
}

const rootOnly = { uid: 0, gid: 0, mode: 0o600, attributes: null };
