import { lastValue } from '../../formats/key-value.ts';
import type { Argument } from './argument.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';
import { judgeLeaves, partsOf } from './unknown.ts';

/** The kernel's sources of random numbers. */
const randomNodes = ['/dev/urandom', '/dev/random', '/dev/hwrng'];

/** `-object`: a source of random numbers is understood, any other path needs `--allow`. */
export function readObject(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  if (lastValue(parts, 'qom-type') !== 'rng-random') return judgeLeaves(argument, parts, context);
  // What backends/rng-random.c takes where nothing is named.
  const node = lastValue(parts, 'filename') ?? '/dev/urandom';
  if (!randomNodes.includes(node)) return judgeLeaves(argument, parts, context);
  const others = parts.filter(({ key }) => key !== 'filename');
  return joinReadings([
    { paths: [hostPath(context, argument, node, { kind: 'rng', access: 'ro' })] },
    judgeLeaves(argument, others, context),
  ]);
}
