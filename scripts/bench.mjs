// `npm run bench`: what a launch, the generator, an audit and a host cost, beside the alternatives, in one run each.
// Figures are of whole processes, wall time, in milliseconds: medians, and what they are over the floor.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAudit, sayAuditRatio } from './bench-audit.mjs';
import { benchClaims, sayClaims } from './bench-claims.mjs';
import { benchGenerate } from './bench-generate.mjs';
import { benchGuest, sayGuest } from './bench-guest.mjs';
import { benchHost, sayShare } from './bench-host.mjs';
import { benchLaunch } from './bench-launch.mjs';
import { benchParallel, printParallel } from './bench-parallel.mjs';
import { benchPlan } from './bench-plan.mjs';
import { print } from './measure.mjs';
import { isRoot, setUp } from './setup.mjs';

await setUp();
const rounds = Number(process.env.VIRT_PRIVILEGES_BENCH_ROUNDS ?? 60);
const scratch = mkdtempSync(join(tmpdir(), 'virt-privileges-bench-'));
try {
  print('launch', benchLaunch(scratch, rounds));
  print('plan', await benchPlan(scratch, rounds));
  if (isRoot) {
    const claims = await benchClaims(scratch, rounds);
    print('claims', claims);
    sayClaims(claims);
  }
  printParallel(await benchParallel(scratch));
  print('generate', benchGenerate(scratch, Math.ceil(rounds / 3)));
  show('audit', await benchAudit(Math.ceil(rounds / 3)), sayAuditRatio);
  show('guest', await benchGuest(Math.ceil(rounds / 3)), sayGuest);
  show('host', await benchHost(Math.ceil(rounds / 6)), sayShare);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** What needs more than a plain system gives null where it cannot be measured, and has said why. */
function show(title, results, say) {
  if (results === null) return;
  print(title, results);
  say(results);
}
