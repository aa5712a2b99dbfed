import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import { makeSite, target } from '../support/launcher.ts';
import { buildProbe } from '../support/probe.ts';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';
import { projectRoot } from '../support/scratch.ts';

const none = '0'.repeat(16);

/** 0.8.5 and 0.9.6 when this was written; the machine's own, 0.8.3 on Debian 12, is in every other test. */
for (const release of ['trixie', 'sid'] as const) {
  test(
    `every privilege goes with the libcap-ng of ${release}`,
    needsReleases(release),
    (context) => {
      const root = releaseRoot(context, release);
      bindInto(root, '/opt/launcher', join(projectRoot, 'dist'));
      cpSync(buildProbe(makeSite(context)), join(root, 'srv/probe'));
      const places = ['--state-dir', '/run/state', '--run-dir', '/run/vms'];
      const identity = ['--user', `+${target.uid}`, '--group', `+${target.gid}`];
      const words = ['run', ...places, ...identity, '--', '/srv/probe'];
      const { status, stdout, stderr } = runInRoot(
        root,
        ['node', '/opt/launcher/qemu-launch.cjs', ...words],
        { input: 'state\nsetuid\n' },
      );
      assert.equal(status, 0, stderr);
      const { uid, gid, groups, noNewPrivs, ...facts } = parseProcStatus(stdout);
      assert.deepEqual([uid, gid], [Array(4).fill(target.uid), Array(4).fill(target.gid)]);
      assert.deepEqual([...groups, noNewPrivs], [target.gid, true]);
      const { capInh, capPrm, capEff, capBnd, capAmb } = facts;
      assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], Array(5).fill(none));
      assert.match(stdout, /^setuid EPERM$/m);
    },
  );
}
