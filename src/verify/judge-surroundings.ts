import type { Property } from './judgement.ts';
import type { Mark, ProcessFacts, Unread } from './process-facts.ts';

/** What is said of a process beyond its rights; only what could not be read counts. */
export function judgeSurroundings(facts: ProcessFacts): readonly Property[] {
  return [
    describeProgram(facts),
    describeNamespace(facts),
    describeLandlock(facts),
    describeSecurebits(facts),
    describeLabel(facts),
    describeLimits(facts),
  ];
}

const marks: Readonly<Record<Mark, string>> = {
  name: 'it is QEMU by the name of its program file',
  content: 'its program file bears another name and holds a QEMU emulator',
  mapping: 'it is a dynamic loader that runs a QEMU emulator',
  'process-name': 'its program file cannot be seen; the name of the process is that of an emulator',
};

function describeProgram({ program, isDeleted, mark, unread }: ProcessFacts): Property {
  const deleted = isDeleted ? '; the file was deleted or replaced after the start' : '';
  const property = {
    id: 'program',
    title: 'Program',
    value: `${program ?? 'not seen'}${isDeleted ? ' (deleted)' : ''}`,
    explanation: `${marks[mark]}${deleted}`,
  };
  if (program !== null) return remark(property);
  return refused(property, unread, 'program');
}

function describeNamespace({ isNamespaced, unread }: ProcessFacts): Property {
  const property = {
    id: 'user-namespace',
    title: 'User namespace',
    value: isNamespaced === null ? 'not seen' : isNamespaced ? 'its own' : 'shared',
    explanation: isNamespaced
      ? 'its capabilities count within its user namespace only'
      : 'its ids and capabilities are those of the machine',
  };
  if (isNamespaced !== null) return remark(property);
  return refused(
    { ...property, explanation: 'its user namespace is not known' },
    unread,
    'user-namespace',
  );
}

function describeLandlock({ landlock }: ProcessFacts): Property {
  return remark({
    id: 'landlock',
    title: 'Landlock',
    value: landlock ?? 'not known',
    explanation:
      landlock === null
        ? 'the kernel does not show it: it is known of guests that qemu-launch started'
        : `its Landlock level by the record of qemu-launch: ${landlock}`,
  });
}

function describeSecurebits({ securebits }: ProcessFacts): Property {
  return remark({
    id: 'securebits',
    title: 'Securebits',
    value: securebits ?? 'not known',
    explanation:
      securebits === null
        ? 'the kernel does not show them: they are known of guests that qemu-launch started as root'
        : 'by the record of qemu-launch, that user id 0 gives it capabilities is switched off for good',
  });
}

function describeLabel({ label, unread }: ProcessFacts): Property {
  const property = {
    id: 'label',
    title: 'Security label',
    value: label ?? 'none',
    explanation:
      label === null
        ? 'no security module (SELinux, AppArmor) has labelled it'
        : 'the security module decides by this label what it may do',
  };
  return unread.some(({ what }) => what === 'label')
    ? refused({ ...property, value: 'not seen' }, unread, 'label')
    : remark(property);
}

function describeLimits({ limits, unread }: ProcessFacts): Property {
  const pairs = Object.entries(limits ?? {}).map(([name, [soft, hard]]) => {
    return `${name} ${soft}${soft === hard ? '' : ` (at most ${hard})`}`;
  });
  const property = { id: 'limits', title: 'Limits', value: pairs.join(', ') || 'not seen' };
  if (limits === null)
    return refused({ ...property, explanation: 'its limits could not be seen' }, unread, 'limits');
  return remark({ ...property, explanation: 'what it may use of the machine' });
}

type Remark = Pick<Property, 'id' | 'title' | 'value' | 'explanation'>;

function remark(property: Remark): Property {
  return { ...property, status: 'info', hint: '', code: 'VP_AUDIT_UNREAD' };
}

function refused(property: Remark, unread: readonly Unread[], what: Unread['what']): Property {
  const why = unread.find((each) => each.what === what)?.why ?? 'it has ended';
  return {
    ...property,
    status: 'unread',
    explanation: `${property.title.toLowerCase()}: could not be read (${why})`,
    hint: 'run it as root',
    code: 'VP_AUDIT_UNREAD',
  };
}
