import assert from 'node:assert/strict';
import { chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { emulator, owner } from '../../support/launcher.ts';
import { canBuild, sharedPackages } from '../../support/package-build.ts';
import { needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';

const options = canBuild.skip === false ? needsReleases('trixie') : canBuild;

// Accounts by systemd-sysusers, as rpm does it on Fedora. SIGTERM ends QEMU well once it has a handler for it: bit 14 of the signals that it catches.
const script = `
rpm -i --nodeps --define '__systemd_sysusers /usr/bin/systemd-sysusers' /srv/*.rpm
qemu-launch run --name web --report /srv/report.json -- ${emulator} -S -accel tcg \\
  -display none -nodefaults -m 64 -drive file=/srv/disk.raw,format=raw &
launcher=$!
for i in $(seq 300); do [ -e /srv/report.json ] && break; sleep 0.1; done
pid=$(sed -n 's/^ *"pid": *\\([0-9]*\\).*/\\1/p' /srv/report.json)
for i in $(seq 300); do
  grep -Eq '^SigCgt:\\s[0-9a-f]{12}[4-7c-f][0-9a-f]{3}$' /proc/$pid/status && break
  sleep 0.1
done
cat /proc/$pid/status >/srv/status
readlink /proc/$pid/exe
stat -c %U:%G /srv/disk.raw
kill $launcher
wait $launcher
echo "ended $?"
`;

test(
  'installed into another release, the programs start a real QEMU as the user of the policy',
  options,
  async (context) => {
    const { programs, host } = await sharedPackages();
    const root = releaseRoot(context, 'trixie');
    mkdirSync(join(root, 'srv'), { recursive: true });
    copyFileSync(programs, join(root, 'srv/programs.rpm'));
    copyFileSync(host, join(root, 'srv/host.rpm'));
    const disk = join(root, 'srv/disk.raw');
    writeFileSync(disk, Buffer.alloc(65536), { mode: 0o600 });
    chownSync(disk, owner.uid, owner.gid);
    const { stdout, stderr } = runInRoot(root, ['sh', '-c', script]);
    assert.equal(stdout, `${emulator}\nqemu:qemu\nended 0\n`, stderr);
    assert.deepEqual(
      stderr.split('\n').map((line) => line.replace(/ (from )?pid \d+/, '')),
      [
        "Creating group 'qemu' with GID 107.",
        "Creating user 'qemu' (qemu user) with UID 107 and GID 107.",
        // Landlock keeps it from looking at who sends it.
        'qemu-system-x86_64: terminating on signal 15 (<unknown process>)',
        '',
      ],
    );
    const account = /^qemu:x:(\d+):(\d+):/m.exec(readFileSync(join(root, 'etc/passwd'), 'utf8'));
    const kvm = /^kvm:x:(\d+):.*\bqemu$/m.exec(readFileSync(join(root, 'etc/group'), 'utf8'));
    const [uid, gid, kvmGid] = [account?.[1], account?.[2], kvm?.[1]].map(Number);
    const status = parseProcStatus(readFileSync(join(root, 'srv/status'), 'utf8'));
    assert.deepEqual(status.uid, Array(4).fill(uid));
    assert.deepEqual(status.gid, Array(4).fill(gid));
    assert.deepEqual(status.groups, [gid, kvmGid]);
    const { capInh, capPrm, capEff, capBnd, capAmb, noNewPrivs } = status;
    const none = '0000000000000000';
    assert.deepEqual([capInh, capPrm, capEff, capBnd, capAmb], Array(5).fill(none));
    assert.equal(noNewPrivs, true);
    const back = statSync(disk);
    assert.deepEqual([back.uid, back.gid], [owner.uid, owner.gid]);
  },
);
