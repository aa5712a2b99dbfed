// What a claim costs besides its syncs: each time in a process of its own, since a launcher makes its claims once.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { env, median } from './measure.mjs';
import { root } from './setup.mjs';

const target = { uid: 34567, gid: 45678 };

/** Times of making the claims of one launch, the floor first; a ledger in memory is synced at no cost. */
export async function benchClaims(scratch, rounds) {
  const memory = mkdtempSync('/dev/shm/virt-privileges-bench-');
  try {
    const program = await bundle(scratch);
    const list = [
      ['no file, ledger in memory', { state: memory, files: 0, others: 0 }],
      ['1 file, ledger in memory', { state: memory, files: 1, others: 0 }],
      ['65 files, ledger in memory', { state: memory, files: 65, others: 0 }],
      ['1 file beside 64 VMs, ledger in memory', { state: memory, files: 1, others: 64 }],
      ['1 file, ledger on the disk', { state: scratch, files: 1, others: 0 }],
    ];
    const disks = makeDisks(scratch, 65);
    const times = list.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, [, { state, files, others }]] of list.entries()) {
        const words = [join(state, `claims-${others}`), String(others), ...disks.slice(0, files)];
        times[index].push(timeOf(program, words));
      }
    }
    return list.map(([name], index) => ({ name, times: times[index].sort((a, b) => a - b) }));
  } finally {
    rmSync(memory, { recursive: true });
  }
}

/** What the times say of one claim. */
export function sayClaims(results) {
  const [none, one, many] = results.map(({ times }) => median(times));
  const first = (one - none).toFixed(2);
  const next = ((many - one) / 64).toFixed(3);
  console.log(
    `one claim besides the two syncs: ${first} ms, each further one ${next} ms (aim: at most 1)`,
  );
}

function makeDisks(scratch, count) {
  const directory = join(scratch, 'disks');
  mkdirSync(directory);
  return Array.from({ length: count }, (_, index) => {
    const path = join(directory, `${index}.raw`);
    writeFileSync(path, '', { mode: 0o600 });
    chownSync(path, 12345, 23456);
    return path;
  });
}

function timeOf(program, words) {
  return Number(execFileSync(process.execPath, [program, ...words], { env, encoding: 'utf8' }));
}

/** A program that claims once, says how long that took, and gives everything back. */
async function bundle(scratch) {
  const outfile = join(scratch, 'claim.mjs');
  const stdin = { contents: source, resolveDir: join(root, 'scripts'), loader: 'ts' };
  const options = { bundle: true, minify: true, platform: 'node', format: 'esm', outfile };
  await build({ ...options, absWorkingDir: root, stdin });
  return outfile;
}

const source = `
  import { bearerOf, nobody } from '../src/runtime/claims/bearer.ts';
  import { takeClaims } from '../src/runtime/claims/claim.ts';
  import { giveBack } from '../src/runtime/claims/give-back.ts';
  import { makeLedger, readRecords, writeRecord } from '../src/runtime/claims/ledger.ts';
  import { loadNative } from '../src/runtime/native.ts';
  import { readBootId } from '../src/runtime/process-facts.ts';

  const [state, others, ...paths] = process.argv.slice(2);
  const native = loadNative(${JSON.stringify(join(root, 'dist/native/addon.node'))});
  const context = { native, ledger: makeLedger(native, state), bootId: readBootId() };
  const identity = { user: 'x', group: 'x', groups: [], ...${JSON.stringify(target)} };
  const draft = (name, bearer) => ({
    version: 1, name, bootId: context.bootId, ...bearer, runDirectory: state + '/run', identity,
    verified: false, status: null, claims: [], timings: {},
  });
  for (let n = readRecords(context.ledger).records.length; n < Number(others); n++)
    writeRecord(context.ledger, draft('other' + n, nobody));
  const wanted = paths.map((path) => ({ path, isDevice: false }));
  const started = process.hrtime.bigint();
  const { record } = takeClaims(context, { draft: draft('bench', bearerOf(process.pid)), wanted, identity });
  console.log(Number(process.hrtime.bigint() - started) / 1e6);
  giveBack(context, record);
`;
