import { capabilityNames } from '../formats/capability-names.ts';
import type { ProcStatus } from '../formats/proc-status.ts';
import type { Property } from './judgement.ts';
import type { ProcessFacts } from './process-facts.ts';

interface HeldSet {
  readonly id: string;
  readonly title: string;
  readonly field: 'capEff' | 'capPrm' | 'capInh' | 'capAmb';
  /** What having one means. */
  readonly meaning: string;
}

const heldSets: readonly HeldSet[] = [
  {
    id: 'effective',
    title: 'Effective',
    field: 'capEff',
    meaning: 'the kernel grants it what these allow, whatever its user may do',
  },
  {
    id: 'permitted',
    title: 'Permitted',
    field: 'capPrm',
    meaning: 'it can make them effective at any time',
  },
  {
    id: 'inheritable',
    title: 'Inheritable',
    field: 'capInh',
    meaning: 'a program that it starts may get them',
  },
  {
    id: 'ambient',
    title: 'Ambient',
    field: 'capAmb',
    meaning: 'every program that it starts gets them',
  },
];

/** The five sets: any capability that a thread has or passes on fails, one that it could be given by a program file warns. */
export function judgeCapabilities(facts: ProcessFacts): readonly Property[] {
  return [...heldSets.map((set) => judgeHeld(facts, set)), judgeBounding(facts)];
}

function judgeHeld({ threads, isNamespaced }: ProcessFacts, set: HeldSet): Property {
  const all = union(threads.map(({ status }) => status[set.field]));
  const base = {
    id: set.id,
    title: set.title,
    value: describeSet(all),
    code: 'VP_AUDIT_CAPABILITY',
  } as const;
  const name = set.title.toLowerCase();
  if (isEmpty(all)) {
    const explanation = `no thread has a capability in its ${name} set`;
    return { ...base, status: 'pass', explanation, hint: '' };
  }
  const holders = threads.filter(({ status }) => !isEmpty(status[set.field]));
  const who = holders.length === threads.length ? 'it has' : `thread ${holders[0]?.thread} has`;
  const where = isNamespaced ? ', within a user namespace of its own' : '';
  return {
    ...base,
    status: 'fail',
    explanation: `${who} ${describeNames(all)} in its ${name} set${where}: ${set.meaning}`,
    hint: 'drop all capabilities before QEMU starts: libvirt as a plain user does it, and qemu-launch',
  };
}

function judgeBounding({ threads, status }: ProcessFacts): Property {
  const all = union(threads.map((thread) => thread.status.capBnd));
  const base = {
    id: 'bounding',
    title: 'Bounding',
    value: describeSet(all),
    code: 'VP_AUDIT_BOUNDING',
  } as const;
  if (isEmpty(all)) {
    const explanation = 'the bounding set is empty: no program file can give it a capability';
    return { ...base, status: 'pass', explanation, hint: '' };
  }
  return {
    ...base,
    status: 'warn',
    explanation: `its bounding set has ${describeNames(all)}: ${describeWayUp(status)}`,
    hint: 'start it with qemu-launch as root, or by a service with CapabilityBoundingSet= (empty)',
  };
}

function describeWayUp({ noNewPrivs }: ProcStatus): string {
  return noNewPrivs
    ? 'only no_new_privs keeps program files from giving them to it'
    : 'a program file with set-id or capabilities can give them to it';
}

function union(sets: readonly string[]): string {
  const bits = sets.reduce((all, set) => all | BigInt(`0x${set}`), 0n);
  return bits.toString(16).padStart(16, '0');
}

function isEmpty(set: string): boolean {
  return /^0*$/.test(set);
}

function describeSet(set: string): string {
  const names = capabilityNames(set);
  if (names.length <= 2) return names.join(', ') || 'none';
  return isFull(set) ? 'all' : String(names.length);
}

// Which one is the last depends on the kernel: a set without a gap, with all that Linux 3.5 knew, is the whole.
function isFull(set: string): boolean {
  return /^[137]?f{9,}$/.test(set.replace(/^0+/, ''));
}

function describeNames(set: string): string {
  const names = capabilityNames(set);
  if (isFull(set)) return 'all capabilities';
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${names.length} capabilities (${shown} …)` : shown;
}
