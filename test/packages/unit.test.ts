import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { payloadOf, textOf } from '../support/provision.ts';
import { needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';

for (const release of ['bookworm', 'trixie', 'sid'] as const) {
  test(`${release}: systemd finds no fault in the unit`, needsReleases(release), (context) => {
    const root = releaseRoot(context, release);
    const path = '/usr/lib/systemd/system/virt-privileges-recover.service';
    writeFileSync(
      join(root, path),
      textOf(payloadOf('debian-13'), 'virt-privileges-recover.service'),
    );
    writeFileSync(join(root, 'usr/bin/qemu-launch'), '#!/bin/sh\n');
    chmodSync(join(root, 'usr/bin/qemu-launch'), 0o755);
    const verify = () => runInRoot(root, ['systemd-analyze', 'verify', '--man=no', path]);
    const { status, stdout, stderr } = verify();
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
    writeFileSync(join(root, path), '[Service]\nExecStart=/nowhere\n');
    assert.notEqual(verify().status, 0, 'the test can tell');
  });
}
