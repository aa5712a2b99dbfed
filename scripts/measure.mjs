// Times whole programs in turn and prints medians beside their floor.
import { spawnSync } from 'node:child_process';

// Node 20 parses this file at each start, which has nothing to do with what is measured.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...plain } = process.env;
export const env = plain;

/** Each in turn, round by round, so that a machine that slows down slows all of them; `prepare` comes before each. */
export function measure(list, rounds, prepare = () => {}) {
  const times = list.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, [name, words]] of list.entries()) {
      prepare(list[index]);
      const time = timeOf(name, words);
      if (round >= 0) times[index].push(time);
    }
  }
  return list.map(([name], index) => ({ name, times: times[index].sort((a, b) => a - b) }));
}

function timeOf(name, [program, ...words]) {
  const started = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8', cwd: '/' });
  if (status !== 0) throw new Error(`${name} failed (${status}): ${stderr}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** The first is the floor of the others. */
export function print(title, results) {
  const width = Math.max(...results.map(({ name }) => name.length));
  const floor = median(results[0].times);
  const rounds = results[0].times.length;
  console.log(`\n${title}: ${rounds} rounds, Node ${process.versions.node}, milliseconds`);
  console.log(
    `${''.padEnd(width)}${['median', 'min', 'max', 'over floor', 'ratio'].map((word) => word.padStart(11)).join('')}`,
  );
  for (const { name, times } of results) {
    const middle = median(times);
    const cells = [middle, times[0], times.at(-1), middle - floor, middle / floor];
    console.log(
      `${name.padEnd(width)}${cells.map((value) => value.toFixed(2).padStart(11)).join('')}`,
    );
  }
}

/** The middle of times that are sorted. */
export function median(sorted) {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
