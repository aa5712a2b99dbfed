// `npm run bench`: what a launch, the generator, an audit and a host cost, beside the alternatives, in one run each.
// Figures are of whole processes, wall time, in milliseconds: medians, and what they are over the floor.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAudit, sayAuditRatio } from './bench-audit.mjs';
import { benchGenerate } from './bench-generate.mjs';
import { benchHost, sayShare } from './bench-host.mjs';
import { benchLaunch } from './bench-launch.mjs';
import { benchPlan } from './bench-plan.mjs';
import { print } from './measure.mjs';
import { setUp } from './setup.mjs';

await setUp();
const rounds = Number(process.env.VIRT_PRIVILEGES_BENCH_ROUNDS ?? 60);
const scratch = mkdtempSync(join(tmpdir(), 'virt-privileges-bench-'));
try {
  print('launch', benchLaunch(scratch, rounds));
  print('plan', await benchPlan(scratch, rounds));
  print('generate', benchGenerate(scratch, Math.ceil(rounds / 3)));
  const audit = await benchAudit(Math.ceil(rounds / 3));
  if (audit !== null) {
    print('audit', audit);
    sayAuditRatio(audit);
  }
  const host = await benchHost(Math.ceil(rounds / 6));
  if (host !== null) {
    print('host', host);
    sayShare(host);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
