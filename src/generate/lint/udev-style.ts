import type { Finding } from '../../errors.ts';
import type { UdevRule, UdevToken } from '../../formats/udev-rules.ts';
import type { FindingMaker } from './lint-file.ts';

/** What `udevadm verify` calls style: udev reads the rule all the same, other tools and people may not. */
export function lintStyle({ tokens, tail }: UdevRule, find: FindingMaker): readonly Finding[] {
  const faults = [
    ...tokens.flatMap((token, index) => describeGap(token, index === 0)),
    ...(tail.includes(',') ? ['a comma behind the last token'] : []),
  ];
  const hint = 'between two tokens write a comma and a blank';
  return [...new Set(faults)].map((message) => find('warning', 'VP_LINT_STYLE', message, hint));
}

function describeGap({ gap, key }: UdevToken, isFirst: boolean): readonly string[] {
  const commas = gap.split(',').length - 1;
  if (isFirst) return commas === 0 ? [] : ['a comma before the first token'];
  if (commas === 0) return [`no comma before ${key}`];
  if (commas > 1) return [`more than one comma before ${key}`];
  const [before, after] = gap.split(',');
  return [
    ...(before === '' ? [] : [`a blank before the comma before ${key}`]),
    ...(after === '' ? [`no blank after the comma before ${key}`] : []),
  ];
}
