// `npm run quickstart`: from a policy to a running, verified, unprivileged QEMU, on a host that stays as it is.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showLaunch } from './quickstart-launch.mjs';
import { showApply, showBuild, showGenerate } from './quickstart-packages.mjs';
import { isRoot, setUp } from './setup.mjs';

const started = Date.now();
const watched = ['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/gshadow'];

await setUp();
delete process.env.NODE_EXTRA_CA_CERTS;
const before = fingerprint();
const scratch = mkdtempSync(join(tmpdir(), 'virt-privileges-'));
const skipped = [];
try {
  const host = showGenerate(scratch);
  showBuild(scratch, host);
  if (isRoot) showApply(scratch);
  else skipped.push('applying the policy to an image root: accounts and owners there need root');
  await showLaunch(scratch, skipped);
  showEnd();
} catch (error) {
  console.error(`quickstart: error: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function fingerprint() {
  return watched.map(hashOf).join(' ');
}

function hashOf(path) {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return 'unreadable';
  }
}

function showEnd() {
  if (fingerprint() !== before) throw new Error(`one of ${watched.join(', ')} has changed`);
  console.log(
    `\nThe host is as it was: ${watched.join(', ')} are the same, and nothing else was touched.`,
  );
  for (const line of skipped) console.log(`SKIPPED ${line}`);
  console.log(
    `Done in ${((Date.now() - started) / 1000).toFixed(1)} s. Next: docs/architecture.md, \`npm test\`.`,
  );
}
