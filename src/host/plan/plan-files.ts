import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../errors.ts';
import type { PayloadFile } from '../../generate/payload.ts';
import type { HostFacts } from '../facts/facts.ts';
import { pathInRoot } from '../root.ts';
import type { FileState } from '../root-files.ts';
import type { Change, HostPlan, Part } from './change.ts';
import type { Intent } from './intent.ts';

/** A file of the payload that has a place on a host. */
export interface InstalledFile extends PayloadFile {
  readonly destination: string;
}

// The rest of a payload is for packagers; qemu.conf belongs to libvirt and is edited, not replaced.
const partOfRole: Readonly<Partial<Record<PayloadFile['role'], Part>>> = {
  sysusers: 'accounts',
  members: 'accounts',
  'udev-rule': 'device',
  tmpfiles: 'device',
};

/** The payload's files that belong on a host, of the parts that are asked for. */
export function installedFiles({
  payload,
  parts,
}: Omit<Intent, 'policy'>): readonly InstalledFile[] {
  return payload.files.flatMap((file) => {
    const part = partOfRole[file.role];
    const { destination } = file;
    return part !== undefined && parts.includes(part) && destination !== null
      ? [{ ...file, destination }]
      : [];
  });
}

/** Whole files, byte for byte, owned by root. */
export function planFiles(intent: Intent, facts: HostFacts): HostPlan {
  const files = installedFiles(intent);
  return {
    changes: files.map((file) => planFile(file, stateOf(facts, file))),
    findings: files.flatMap((file) => describeObstacle(facts, stateOf(facts, file))),
  };
}

/** One whole file of root's, compared with what stands at its place. */
export function planFile(
  file: Pick<InstalledFile, 'destination' | 'text' | 'mode'>,
  state: FileState,
): Change {
  const id = file.destination;
  const after = { text: file.text, uid: 0, gid: 0, mode: file.mode };
  if (state.kind !== 'file')
    return { kind: 'file', id, action: 'create', before: null, after, done: false };
  const { text, uid, gid } = state;
  const before = { text, uid, gid, mode: octal(state.mode) };
  const isSame = state.encoding === 'utf8' && isDeepStrictEqual(before, after);
  return { kind: 'file', id, action: isSame ? 'none' : 'update', before, after, done: isSame };
}

/** The error for something that is no regular file where one belongs. */
export function describeObstacle(
  facts: Pick<HostFacts, 'root'>,
  state: FileState,
  verb: 'read' | 'write through' = 'write through',
): readonly Finding[] {
  if (state.kind !== 'obstacle') return [];
  const path = pathInRoot({ path: facts.root }, state.path);
  const what = state.type === 'link' ? 'symbolic link' : state.type;
  return [
    {
      code: 'VP_PATH_KIND',
      severity: 'error',
      path,
      message: `cannot ${verb} ${path}: it is a ${what}`,
      hint: 'move it out of the way; a link to /dev/null there means that somebody switched the file off',
    },
  ];
}

/** Permission bits as a payload writes them: `0644`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function stateOf(facts: HostFacts, { destination }: InstalledFile): FileState {
  return facts.files[destination] ?? { kind: 'absent' };
}
