import { capabilityNames } from '../formats/capability-names.ts';
import { type Gauge, printGauges, type Sample } from '../formats/prometheus.ts';
import { nameOf } from './audit-document.ts';
import { findDifferingThreads } from './judge-restrictions.ts';
import type { AccountNames, Audit, Judgement, Verdict } from './judgement.ts';

const prefix = 'virt_privileges_qemu';

/** The audit for node_exporter's textfile collector. Pure. */
export function printMetrics(audit: Audit, names: AccountNames): string {
  return printGauges([...countGauges(audit), ...processGauges(audit.judgements, names)]);
}

function countGauges({ judgements, isComplete }: Audit): readonly Gauge[] {
  const verdicts: readonly Verdict[] = ['pass', 'warn', 'fail'];
  return [
    {
      name: `${prefix}_audit_complete`,
      help: 'Whether every process could be told from QEMU (1) or rights were missing (0).',
      samples: [{ labels: {}, value: Number(isComplete) }],
    },
    {
      name: `${prefix}_processes`,
      help: 'QEMU processes by verdict.',
      samples: verdicts.map((verdict) => ({
        labels: { verdict },
        value: judgements.filter((each) => each.verdict === verdict).length,
      })),
    },
  ];
}

type Measure = readonly [name: string, help: string, (judgement: Judgement) => number | null];

const measures: readonly Measure[] = [
  ['failures', 'Properties that fail.', ({ findings }) => countOf(findings, 'error')],
  ['warnings', 'Properties that warn.', ({ findings }) => countOf(findings, 'warning')],
  ['uid', 'Effective user id.', ({ facts }) => facts.status.uid[1]],
  ['effective_capabilities', 'Effective capabilities.', count('capEff')],
  ['permitted_capabilities', 'Permitted capabilities.', count('capPrm')],
  ['inheritable_capabilities', 'Inheritable capabilities.', count('capInh')],
  ['ambient_capabilities', 'Ambient capabilities.', count('capAmb')],
  ['bounding_capabilities', 'Capabilities of the bounding set.', count('capBnd')],
  ['no_new_privs', 'Whether no_new_privs is set.', ({ facts }) => Number(facts.status.noNewPrivs)],
  ['seccomp_mode', 'Mode of seccomp: 0 off, 2 filter.', ({ facts }) => facts.status.seccomp],
  ['threads', 'Threads.', ({ facts }) => facts.threads.length],
  ['differing_threads', 'Threads that differ.', ({ facts }) => findDifferingThreads(facts).length],
];

function countOf(findings: Judgement['findings'], wanted: 'error' | 'warning'): number {
  return findings.filter(({ severity }) => severity === wanted).length;
}

// Of all threads, as the judgement is.
function count(field: 'capEff' | 'capPrm' | 'capInh' | 'capAmb' | 'capBnd') {
  return ({ facts }: Judgement) => {
    return Math.max(...facts.threads.map(({ status }) => capabilityNames(status[field]).length));
  };
}

function processGauges(judgements: readonly Judgement[], names: AccountNames): readonly Gauge[] {
  return measures.map(([name, help, measure]) => ({
    name: `${prefix}_process_${name}`,
    help,
    samples: judgements.flatMap((judgement) => sample(judgement, measure(judgement), names)),
  }));
}

function sample(
  { facts }: Judgement,
  value: number | null,
  names: AccountNames,
): readonly Sample[] {
  if (value === null) return [];
  const uid = facts.status.uid[1];
  const labels = {
    pid: String(facts.pid),
    name: nameOf(facts),
    user: names.user(uid) ?? String(uid),
    started_by: facts.startedBy,
  };
  return [{ labels, value }];
}
