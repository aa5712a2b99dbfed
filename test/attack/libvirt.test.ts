import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProcStatus, parseProcStatus } from '../../src/formats/proc-status.ts';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../support/booted-host.ts';
import { guestOf, prepareLibvirt } from '../support/libvirt-guest.ts';
import { runTool } from '../support/tool.ts';

const disk = '/srv/disk.raw';

const prepare = `${prepareLibvirt}
truncate -s 1M ${disk}
chown 12345:23456 ${disk}
chmod 600 ${disk}
cat >/srv/guest.xml <<'END'
${guestOf('guest', disk)}
END
`;

const hers = '12345:23456';
const libvirts = 'libvirt-qemu:libvirt-qemu';
const ownerOf = (host: BootedHost) =>
  outputOf(host, `stat -c %U:%G ${disk}`).trim().replace('UNKNOWN:UNKNOWN', hers);

/** libvirt's marks, read from outside: the system has no program for that. */
function marksOf(host: BootedHost): string {
  const [, , leader = ''] = host.wordsFor();
  const words = ['--absolute-names', '-d', '-m', 'trusted[.]libvirt'];
  const { status, stdout, stderr } = runTool('getfattr', [...words, `/proc/${leader}/root${disk}`]);
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
}

const words = `qemu-system-x86_64 -S -display none -nodefaults -m 32 -drive file=${disk},format=raw`;

/** Ends when QEMU runs and was verified; a unit of systemd's keeps the launcher. */
const launch = `
systemctl reset-failed vm 2>/dev/null || true
systemd-run --quiet --unit=vm --service-type=exec qemu-launch run --name vm -- ${words}
for try in $(seq 200); do
  qemu-launch list | grep -q ', verified' && break
  sleep 0.05
done
qemu-launch list | grep ', verified'
`;

function refusal(host: BootedHost): string {
  const { status, stderr } = host.run(`qemu-launch run --name vm -- ${words}`);
  assert.equal(status, 125, stderr);
  return stderr;
}

test('one disk, libvirt and qemu-launch', needsBootedHost('trixie-libvirt'), async (context) => {
  const host = await bootHost(context, 'trixie-libvirt', prepare);

  await context.test('libvirt first: refused while its guest runs, given afterwards', () => {
    outputOf(host, 'virsh --quiet create --paused /srv/guest.xml');
    const marks = marksOf(host);
    assert.match(marks, /ref_dac="1"/);
    assert.match(refusal(host), /disk\.raw is in use by a guest of libvirt/);
    assert.deepEqual([ownerOf(host), marksOf(host)], [libvirts, marks]);
    outputOf(host, 'virsh --quiet destroy guest');
    assert.equal(ownerOf(host), hers, 'libvirt still knows whose it was');
    outputOf(host, launch);
    assert.equal(ownerOf(host), libvirts);
    outputOf(host, 'systemctl stop vm');
    assert.deepEqual([ownerOf(host), marksOf(host)], [hers, '']);
  });

  await context.test('libvirt second: its start fails, and the disk goes back exactly', () => {
    outputOf(host, launch);
    const { status, stderr } = host.run('virsh --quiet create --paused /srv/guest.xml');
    assert.equal(status, 1);
    assert.match(stderr, /lock/);
    assert.equal(ownerOf(host), libvirts, 'it was not taken from the VM that runs');
    outputOf(host, 'systemctl stop vm');
    assert.deepEqual([ownerOf(host), marksOf(host)], [hers, '']);
  });

  await context.test(
    'libvirt after a crash: what it uses is kept on record until it is done',
    () => {
      outputOf(host, `${launch}\nsystemctl kill --signal=KILL vm`);
      outputOf(host, 'for try in $(seq 200); do pgrep qemu-system || break; sleep 0.05; done');
      assert.equal(ownerOf(host), libvirts);
      outputOf(host, 'virsh --quiet create --paused /srv/guest.xml');
      const early = host.run('qemu-launch restore --all');
      assert.equal(early.status, 1);
      assert.match(early.stderr, /disk\.raw cannot be given back: a guest of libvirt uses it/);
      assert.equal(ownerOf(host), libvirts);
      outputOf(host, 'virsh --quiet destroy guest');
      assert.equal(ownerOf(host), libvirts, 'to libvirt that was its owner');
      outputOf(host, 'qemu-launch restore --all');
      assert.deepEqual([ownerOf(host), marksOf(host)], [hers, '']);
    },
  );

  await context.test('side by side: at least as strict in each line of its status', () => {
    outputOf(host, 'virsh --quiet create --paused /srv/guest.xml');
    const theirs = statusOf(host, 'cat /run/libvirt/qemu/guest.pid');
    outputOf(host, 'virsh --quiet destroy guest');
    outputOf(host, launch);
    const ours = statusOf(
      host,
      `qemu-launch list --json | sed -n 's/.*"pid": \\([0-9]*\\).*/\\1/p'`,
    );
    outputOf(host, 'systemctl stop vm');
    assert.deepEqual([ours.uid, ours.gid], [theirs.uid, theirs.gid]);
    assert.ok(ours.groups.every((group) => theirs.groups.includes(group)));
    for (const set of ['capInh', 'capPrm', 'capEff', 'capBnd', 'capAmb', 'sigIgn'] as const)
      assert.equal(
        bits(ours[set]) & ~bits(theirs[set]),
        0n,
        `${set}: ${ours[set]}, ${theirs[set]}`,
      );
    assert.ok(Number(ours.noNewPrivs) >= Number(theirs.noNewPrivs));
    assert.ok((ours.seccomp ?? 0) >= (theirs.seccomp ?? 0));
    assert.ok(
      (ours.seccompFilters ?? 0) > (theirs.seccompFilters ?? 0),
      "QEMU's own, and one more",
    );
    // What libvirt leaves full.
    assert.deepEqual([bits(ours.capBnd) === 0n, bits(theirs.capBnd) === 0n], [true, false]);
  });
});

function statusOf(host: BootedHost, pid: string): ProcStatus {
  return parseProcStatus(outputOf(host, `cat "/proc/$(${pid})/status"`));
}

function bits(set: string): bigint {
  return BigInt(`0x${set}`);
}
