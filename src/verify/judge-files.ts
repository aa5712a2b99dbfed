import { describeUser } from './judge-identity.ts';
import type { AccountNames, Property } from './judgement.ts';
import type { OpenFile, ProcessFacts } from './process-facts.ts';

const base = { id: 'files', title: 'Open files', code: 'VP_AUDIT_WORLD_READABLE' } as const;
const lastStandard = 2;
const sector = 512;
const shown = 3;

/** What it has open of others, and disks that everybody may read. */
export function judgeFiles(facts: ProcessFacts, names: AccountNames): Property {
  const { files } = facts;
  if (files === null) return unread(facts);
  const open = files.filter(isWorldReadableDisk);
  const foreign = files.filter((file) => isForeign(file, facts));
  if (open.length > 0 && isKvmMember(facts, names)) return worldReadable(open);
  const value = foreign.length === 0 ? 'own' : `${foreign.length} of others`;
  const explanation = describeFiles(foreign, open, names);
  const isWorthSaying = foreign.length > 0 || open.length > 0;
  return { ...base, value, status: isWorthSaying ? 'info' : 'pass', explanation, hint: '' };
}

function unread({ unread: all }: ProcessFacts): Property {
  const why = all.find(({ what }) => what === 'files')?.why ?? 'it has ended';
  const explanation = `its open files could not be seen: ${why}`;
  return { ...base, value: 'not seen', status: 'unread', explanation, hint: 'run it as root' };
}

// Standard input and output go to logs and terminals, firmware is open for reading alone, and what is smaller than a
// sector is libvirt's pid file.
function isWorldReadableDisk({ descriptor, isWritable, size, mode }: OpenFile): boolean {
  const isDisk = descriptor > lastStandard && isWritable && (size === null || size >= sector);
  return isDisk && (mode & 0o004) !== 0;
}

/** What its user could not have opened so by the mode alone, or owns not and writes. */
function isForeign({ uid, mode, isWritable }: OpenFile, { status }: ProcessFacts): boolean {
  return !status.uid.includes(uid) && (isWritable || (mode & 0o004) === 0);
}

function isKvmMember({ status }: ProcessFacts, names: AccountNames): boolean {
  return [...status.gid, ...status.groups].some((gid) => names.group(gid) === 'kvm');
}

function worldReadable(files: readonly OpenFile[]): Property {
  const paths = list(files, ({ path }) => path);
  return {
    ...base,
    value: 'readable by all',
    status: 'warn',
    explanation: `everybody on the machine may read its disk ${paths}`,
    hint: 'take the right to read from others: chmod o-r',
  };
}

function describeFiles(
  foreign: readonly OpenFile[],
  open: readonly OpenFile[],
  names: AccountNames,
): string {
  const owned = list(foreign, ({ path, uid }) => `${path} of ${describeUser(uid, names)}`);
  const readable = list(open, ({ path }) => path);
  const lines = [
    foreign.length === 0 ? 'it has no file of another user open' : `it has open: ${owned}`,
    ...(open.length === 0 ? [] : [`everybody may read: ${readable}`]),
  ];
  return lines.join('; ');
}

function list(files: readonly OpenFile[], describe: (file: OpenFile) => string): string {
  const named = files.slice(0, shown).map(describe).join(', ');
  return files.length > shown ? `${named} and ${files.length - shown} more` : named;
}
