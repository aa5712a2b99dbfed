import assert from 'node:assert/strict';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeBelow } from '../../support/host.ts';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { projectRoot } from '../../support/scratch.ts';

const options = needsReleases('trixie');

// As much of systemctl as the program asks for: one service, whose daemon is a clock.
const systemctl = (onRestart: string) => `#!/bin/sh
case "$1 $2" in
  'show '*) echo "MainPID=$(cat /run/pid)" ;;
  'is-active '*) cat /run/state ;;
  'restart '*) echo "$@" >>/run/restarts; ${onRestart} ;;
esac
`;

const startAgain =
  'kill "$(cat /run/pid)"; /usr/sbin/libvirtd 60 >/dev/null 2>&1 & echo $! >/run/pid';

const script = `
mkdir -p /run/systemd/system /etc/libvirt; echo active >/run/state
cp /usr/bin/sleep /usr/sbin/libvirtd; /usr/sbin/libvirtd 60 & echo $! >/run/pid
echo '# mine' >/etc/libvirt/qemu.conf; touch -d '-1 hour' /etc/libvirt/qemu.conf
apply() { node /opt/program/dist/provision.mjs apply --only qemu-conf,service "$@" || echo "status $?"; }
sleep 0.3
apply --restart
apply --restart
cat /run/restarts
head -n1 /etc/libvirt/qemu.conf; grep -c '^user' /etc/libvirt/qemu.conf
`;

function runWith(context: TestContext, onRestart: string) {
  const root = releaseRoot(context, 'trixie');
  rmSync(join(root, 'usr/bin/systemd-detect-virt'));
  bindInto(root, '/opt/program', projectRoot);
  writeBelow(root, 'usr/bin/systemctl', systemctl(onRestart));
  chmodSync(join(root, 'usr/bin/systemctl'), 0o755);
  return runInRoot(root, ['sh', '-uc', script]);
}

test('libvirt starts again once, after its file is written', options, (context) => {
  const { stdout, stderr } = runWith(context, startAgain);
  const lines = stdout.split('\n').filter((line) => !line.startsWith('~ conf'));
  assert.deepEqual(
    lines,
    [
      '~ service libvirtd.service (restart)',
      '0 to create, 2 to update',
      'no changes',
      'restart -- libvirtd.service',
      '# mine',
      '1',
      '',
    ],
    stderr,
  );
  assert.match(
    stderr,
    /^provision: info: libvirtd\.service is started again; running guests go on$/m,
  );
});

for (const [name, onRestart, reason] of [
  ['does nothing', ':', 'it has no new process'],
  ['does not come back', 'echo failed >/run/state; exit 1', 'it is failed'],
] as const) {
  test(`a service that ${name} is an error, and the file is as before`, options, (context) => {
    const { stdout, stderr } = runWith(context, onRestart);
    assert.match(
      stderr,
      new RegExp(
        `^provision: error: libvirtd\\.service did not start again: ${reason}; taken back: /etc/libvirt/qemu\\.conf$`,
        'm',
      ),
    );
    assert.match(stderr, /^provision: hint: .*; then: systemctl start libvirtd\.service$/m);
    assert.match(stdout, /^status 1$/m);
    assert.ok(stdout.endsWith('# mine\n0\n'), stdout);
  });
}
