import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { blockOf } from '../support/page.ts';
import { payloadOf, textOf } from '../support/provision.ts';
import { needsReleases, type Release, releaseRoot, runInRoot } from '../support/release-root.ts';

const directory = '/usr/lib/systemd/system';
const units = ['virt-privileges-recover.service', 'qemu-vm@.service'];
const programs = ['usr/bin/qemu-launch', 'usr/libexec/virt-privileges/qemu-exec'];

/** A root with the units and something to stand for the programs that they call. */
function makeUnits(context: TestContext, release: Release): string {
  const root = releaseRoot(context, release);
  const payload = payloadOf('debian-13');
  for (const unit of units) writeFileSync(join(root, directory, unit), textOf(payload, unit));
  mkdirSync(join(root, 'usr/libexec/virt-privileges'), { recursive: true });
  for (const program of programs) {
    writeFileSync(join(root, program), '#!/bin/sh\n');
    chmodSync(join(root, program), 0o755);
  }
  return root;
}

/** What of the unit's exposure is more than `most` tenths. */
function rate(root: string, unit: string, most: number) {
  const words = ['security', '--no-pager', '--offline=true', `--threshold=${most}`];
  return runInRoot(root, ['systemd-analyze', ...words, `${directory}/${unit}`]);
}

for (const release of ['bookworm', 'trixie', 'sid'] as const) {
  test(`${release}: systemd finds no fault in the units`, needsReleases(release), (context) => {
    const root = makeUnits(context, release);
    for (const unit of units) {
      const path = join(directory, unit);
      const verify = () => runInRoot(root, ['systemd-analyze', 'verify', '--man=no', path]);
      const { status, stdout, stderr } = verify();
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
      writeFileSync(join(root, path), '[Service]\nExecStart=/nowhere\n');
      assert.notEqual(verify().status, 0, 'the test can tell');
    }
  });

  test(`${release}: how much the unit of a guest exposes`, needsReleases(release), (context) => {
    const root = makeUnits(context, release);
    const general = rate(root, 'qemu-vm@.service', 25);
    assert.equal(general.status, 0, general.stdout);
    const own = `${directory}/qemu-vm@web.service`;
    const unit = textOf(payloadOf('debian-13'), 'qemu-vm@.service');
    writeFileSync(join(root, own), `${unit}\n${blockOf('docs/services.md', 'ini alone')}`);
    const alone = rate(root, 'qemu-vm@web.service', 10);
    assert.equal(alone.status, 0, alone.stdout);
    assert.notEqual(rate(root, 'qemu-vm@web.service', 1).status, 0, 'the test can tell');
  });
}

test(
  'the preset enables the boot-time unit, as the scriptlets of the packages ask',
  needsReleases('trixie'),
  (context) => {
    const root = releaseRoot(context, 'trixie');
    const files = payloadOf('fedora-44').files.filter(
      ({ role }) => role === 'unit' || role === 'preset',
    );
    for (const { destination, text } of files) {
      mkdirSync(dirname(join(root, `${destination}`)), { recursive: true });
      writeFileSync(join(root, `${destination}`), text);
    }
    // A distribution's last word on everything else.
    writeFileSync(join(root, 'usr/lib/systemd/system-preset/99-default.preset'), 'disable *\n');
    const states = ['virt-privileges-recover.service', 'qemu-vm@.service'].map((unit) => {
      runInRoot(root, ['systemctl', '--no-reload', 'preset', unit]);
      return runInRoot(root, ['systemctl', 'is-enabled', unit]).stdout.trim();
    });
    assert.deepEqual(states, ['enabled', 'disabled']);
  },
);
