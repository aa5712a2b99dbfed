import { posix } from 'node:path';
import { findGroup, parseGroup } from '../../formats/group.ts';
import { findUser, parsePasswd } from '../../formats/passwd.ts';
import { makeTemporaryName } from '../atomic-write.ts';
import { type AccountChange, type Change, isAccountChange, isPending } from '../plan/change.ts';
import type { PreparedPlan } from '../plan/prepared-plan.ts';
import { accountFiles } from '../revert/remove-accounts.ts';
import { type Root, withPath } from '../root.ts';
import { readText } from '../root-files.ts';
import { readAttributes } from './file-image.ts';
import type {
  JournalEntry,
  RecordedAccount,
  RecordedDevice,
  RecordedFile,
} from './journal-entry.ts';
import { type FileWrite, planWrites } from './plan-writes.ts';

/** Which program applies, and when. */
export interface ApplyStamp {
  readonly program: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** The record of what a plan is about to change, with all that is needed to take it back. */
export function recordPlan(plan: PreparedPlan, id: number, stamp: ApplyStamp): JournalEntry {
  const pending = plan.changes.filter(isPending);
  const accounts = pending.filter(isAccountChange);
  return {
    id,
    time: stamp.time,
    program: stamp.program,
    isComplete: false,
    temporaries: accounts.length === 0 ? [] : accountFiles.map(makeTemporaryPath),
    changes: [
      ...accounts.map(recordAccount),
      ...planWrites(plan.root, plan).map((write) => recordFile(plan.root, write)),
      ...pending.flatMap((change) => recordDevice(plan, change)),
    ],
  };
}

/** The record with the ids that the account tools have given by now. */
export function completeEntry(root: Root, entry: JournalEntry): JournalEntry {
  const users = parsePasswd(readText(root, '/etc/passwd') ?? '');
  const groups = parseGroup(readText(root, '/etc/group') ?? '');
  const changes = entry.changes.map((change) => {
    if (change.kind === 'user')
      return { ...change, id: change.id ?? findUser(users, change.name)?.uid ?? null };
    if (change.kind === 'group')
      return { ...change, id: change.id ?? findGroup(groups, change.name)?.gid ?? null };
    return change;
  });
  return { ...entry, isComplete: true, changes };
}

function makeTemporaryPath(path: string): string {
  return posix.join(posix.dirname(path), makeTemporaryName(posix.basename(path)));
}

function recordAccount(change: AccountChange): RecordedAccount {
  const { kind, id: name } = change;
  if (kind === 'membership') return { kind, ...change.after };
  return { kind, name, id: kind === 'group' ? change.after.gid : change.after.uid };
}

function recordFile(root: Root, { path, before, after }: FileWrite): RecordedFile {
  const temporary = makeTemporaryName(posix.basename(path));
  const directories = missingDirectories(root, posix.dirname(path));
  return { kind: 'file', path, temporary, directories, before, after };
}

function missingDirectories(root: Root, path: string): readonly string[] {
  if (withPath(root, path, 0, (place) => place !== null)) return [];
  return [...missingDirectories(root, posix.dirname(path)), path];
}

function recordDevice({ root, facts }: PreparedPlan, change: Change): readonly RecordedDevice[] {
  const device = facts.live?.device ?? null;
  if (change.kind !== 'device' || device === null) return [];
  const { uid, gid, mode } = device;
  const { after, id: path } = change;
  return [
    {
      kind: 'device',
      path,
      before: { uid, gid, mode, attributes: readAttributes(root, path) },
      after: { uid: after.uid, group: after.group, mode: Number.parseInt(after.mode, 8) },
    },
  ];
}
