import { withoutControls } from '../errors.ts';
import { nameOf } from '../verify/audit-document.ts';
import type { Audit, Judgement, Property } from '../verify/judgement.ts';
import { paint, printProblems } from './print-audit.ts';

/** What is different from one audit to the next, a line or more for each process; empty when nothing is. Pure. */
export function printChanges(before: Audit, after: Audit, hasColour: boolean): string {
  const [old, now] = [byProcess(before), byProcess(after)];
  const ended = [...old].filter(([key]) => !now.has(key)).map(([, each]) => describeEnd(each));
  const rest = [...now].flatMap(([key, each]) => {
    const earlier = old.get(key);
    return earlier === undefined
      ? describeStart(each, hasColour)
      : describeChange(earlier, each, hasColour);
  });
  return [...ended, ...rest, ...describeSight(before, after)].join('');
}

// A pid comes again, with another start time.
function byProcess({ judgements }: Audit): ReadonlyMap<string, Judgement> {
  return new Map(judgements.map((each) => [`${each.facts.pid} ${each.facts.startTime}`, each]));
}

function title({ facts }: Judgement): string {
  return withoutControls(`${nameOf(facts)}, pid ${facts.pid}`);
}

function describeEnd(judgement: Judgement): string {
  return `- ${title(judgement)}: ended\n`;
}

function describeStart(judgement: Judgement, hasColour: boolean): readonly string[] {
  const { verdict } = judgement;
  const problems = printProblems(judgement, hasColour).slice(1);
  return [`+ ${title(judgement)}: ${paint(verdict, verdict, hasColour)}\n`, ...problems];
}

function describeChange(old: Judgement, now: Judgement, hasColour: boolean): readonly string[] {
  const changed = now.properties.flatMap((property, index) => {
    const earlier = old.properties[index];
    return earlier === undefined || isSame(earlier, property)
      ? []
      : [withoutControls(`${property.title} ${earlier.value} → ${property.value}`)];
  });
  if (changed.length === 0) return [];
  const verdict = paint(now.verdict, now.verdict, hasColour);
  return [`~ ${title(now)}: ${verdict}: ${changed.join(', ')}\n`];
}

// Threads and files come and go: what is no reason for anything before and after is no news.
function isSame(old: Property, now: Property): boolean {
  const isQuiet = ['pass', 'info'].includes(old.status) && ['pass', 'info'].includes(now.status);
  return isQuiet || (old.status === now.status && old.value === now.value);
}

function describeSight(before: Audit, after: Audit): readonly string[] {
  if (before.isComplete === after.isComplete) return [];
  return after.isComplete
    ? ['~ every process can be seen again\n']
    : after.findings.map(({ message }) => `~ ${withoutControls(message)}\n`);
}
