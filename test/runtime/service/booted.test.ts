import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProcLimit } from '../../../src/formats/proc-limits.ts';
import { parseProcStatus } from '../../../src/formats/proc-status.ts';
import { bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import {
  addWords,
  awaitGuest,
  ended,
  installServices,
  journalOf,
  mainPid,
  overrideUnit,
  ownOf,
  revertUnit,
  running,
  stateOf,
  takeWords,
} from '../../support/service-host.ts';

test('qemu-vm@.service on a booted system', needsBootedHost('trixie'), async (context) => {
  const host = await bootHost(context, 'trixie', installServices());
  outputOf(host, 'provision apply --only accounts');

  await context.test('start: verified, and nothing left', () => {
    outputOf(host, 'systemctl start qemu-vm@web');
    assert.deepEqual(stateOf(host, 'web'), running('web'));
    const pid = mainPid(host, 'web');
    const { vms } = JSON.parse(outputOf(host, 'qemu-launch list --json'));
    assert.deepEqual([vms[0].pid, vms[0].verified], [Number(pid), true]);
    const status = parseProcStatus(outputOf(host, `cat /proc/${pid}/status`));
    const none = '0'.repeat(16);
    assert.deepEqual([status.capInh, status.capEff, status.capBnd], [none, none, none]);
    assert.deepEqual([status.uid[0], status.noNewPrivs, status.seccomp], [64055, true, 2]);
  });

  await context.test('a neighbour is not to be seen', () => {
    outputOf(host, 'systemctl start qemu-vm@db');
    const seen = outputOf(host, `ls /proc/${mainPid(host, 'web')}/root/run/virt-privileges`);
    assert.equal(seen, 'web\nweb.plan\n');
    assert.deepEqual(stateOf(host, 'db'), running('db'));
  });

  await context.test('stop: the guest powers down', async () => {
    await awaitGuest(host, 'web');
    outputOf(host, 'systemctl stop qemu-vm@web');
    assert.deepEqual(stateOf(host, 'web'), ended('web'));
    assert.doesNotMatch(journalOf(host, 'web'), /did not power down/);
    assert.deepEqual(stateOf(host, 'db'), running('db'));
  });

  await context.test('restart', async () => {
    await awaitGuest(host, 'db');
    const before = mainPid(host, 'db');
    outputOf(host, 'systemctl restart qemu-vm@db');
    assert.notEqual(mainPid(host, 'db'), before);
    assert.deepEqual(stateOf(host, 'db'), running('db'));
  });

  await context.test('a QEMU that is killed gives its disk back', () => {
    const kill = 'systemctl kill --kill-whom=main --signal=KILL qemu-vm@db';
    outputOf(host, `${kill}; until systemctl is-failed --quiet qemu-vm@db; do sleep 0.1; done`);
    assert.deepEqual(stateOf(host, 'db'), ended('db', 'failed'));
    outputOf(host, 'systemctl start qemu-vm@db');
    assert.deepEqual(stateOf(host, 'db'), running('db'));
  });

  await context.test('with Restart= it comes back by itself', () => {
    overrideUnit(host, 'web', '[Service]\nRestart=on-failure\n');
    outputOf(host, 'systemctl start qemu-vm@web');
    const before = mainPid(host, 'web');
    const isNew = `p=$(systemctl show -P MainPID qemu-vm@web); [ "$p" != 0 ] && [ "$p" != ${before} ]`;
    outputOf(
      host,
      `kill -9 ${before}; until ${isNew} && systemctl is-active -q qemu-vm@web; do sleep 0.1; done`,
    );
    assert.deepEqual(stateOf(host, 'web'), running('web'));
    outputOf(host, 'systemctl kill qemu-vm@web; systemctl stop qemu-vm@web');
    revertUnit(host, 'web');
  });

  const failures: readonly (readonly [string, string, RegExp])[] = [
    [
      'another user than the plan’s',
      'User=games\nGroup=games',
      // The group of the plan is not even let to read it.
      /step plan of the launch failed: this process is not as planned/,
    ],
    [
      'another user in that group',
      'User=games\nSupplementaryGroups=kvm',
      /step identity of the launch failed: it runs as 5:64055, planned 64055:64055: this process/,
    ],
    [
      'securebits that are not locked',
      'SecureBits=\nSecureBits=noroot',
      /step securebits of the launch failed/,
    ],
    ['a bounding set', 'CapabilityBoundingSet=CAP_CHOWN', /step bounding of the launch failed/],
    [
      'a QEMU that nobody has confined',
      `ExecStart=\nExecStart=/usr/bin/qemu-system-x86_64 -S -display none -nodefaults\nCapabilityBoundingSet=CAP_CHOWN`,
      /process \d+ is not the QEMU of web: left alone/,
    ],
    [
      'an emulator that ends at once',
      'ExecStart=\nExecStart=/bin/false',
      /the QEMU of web has ended|is not the QEMU of web/,
    ],
  ];

  for (const [what, text, message] of failures) {
    await context.test(`a start fails: ${what}`, () => {
      overrideUnit(host, 'web', `[Service]\n${text}\n`);
      const { status } = host.run('systemctl start qemu-vm@web');
      const journal = journalOf(host, 'web');
      assert.equal(status, 1, journal);
      assert.match(journal, message);
      assert.deepEqual(stateOf(host, 'web'), ended('web', 'failed'));
      revertUnit(host, 'web');
    });
  }

  await context.test('limits are the unit’s, and must be as the VM file says', () => {
    const file = '/etc/virt-privileges/vms/web.args';
    outputOf(host, `sed -i '1i --limit nofile=2048:4096\\n--' ${file}`);
    assert.equal(host.run('systemctl start qemu-vm@web').status, 1);
    assert.match(
      journalOf(host, 'web'),
      /step limits of the launch failed: hard limit NOFILE is \d+, planned 4096: this process/,
    );
    overrideUnit(host, 'web', '[Service]\nLimitNOFILE=1024:4096\n');
    outputOf(host, 'systemctl start qemu-vm@web');
    const limits = outputOf(host, `cat /proc/${mainPid(host, 'web')}/limits`);
    // The soft one QEMU raises by itself.
    assert.equal(parseProcLimit(limits, 'nofile')[1], 4096);
    outputOf(host, `systemctl kill qemu-vm@web; systemctl stop qemu-vm@web; sed -i 1,2d ${file}`);
    revertUnit(host, 'web');
  });

  await context.test('an interface is made and goes; sockets stand where no neighbour is', () => {
    const own = '/run/virt-privileges/web';
    const words = `-netdev tap,id=n,ifname=vm0,script=no -device virtio-net-pci,netdev=n -vnc unix:${own}/screen -monitor unix:${own}/monitor,server=on,wait=off`;
    addWords(host, 'web', words);
    outputOf(host, 'systemctl start qemu-vm@web');
    const facts = outputOf(
      host,
      `cat /sys/class/net/vm0/owner; cd ${ownOf('web')}; stat -c '%n %U %a' [ms]*`,
    );
    assert.equal(
      facts,
      '64055\nmonitor libvirt-qemu 700\nscreen libvirt-qemu 700\nserial libvirt-qemu 600\n',
    );
    takeWords(host, 'web');
    assert.equal(host.run('test -e /sys/class/net/vm0').status, 1);
    assert.deepEqual(stateOf(host, 'web'), ended('web'));
  });

  await context.test('another user in qemu.conf: refused, until apply has told the unit', () => {
    outputOf(
      host,
      `useradd --system --user-group vmuser; mkdir -p /etc/libvirt
      printf 'user = "vmuser"\\ngroup = "vmuser"\\nmax_files = 4095\\n' >/etc/libvirt/qemu.conf`,
    );
    assert.equal(host.run('systemctl start qemu-vm@web').status, 1);
    assert.deepEqual(stateOf(host, 'web'), ended('web', 'failed'));
    outputOf(host, 'provision apply --only service');
    outputOf(host, 'systemctl start qemu-vm@web');
    const [unit, disk] = stateOf(host, 'web');
    assert.deepEqual([unit, disk], ['active', 'vmuser:vmuser 640']);
    const limits = outputOf(host, `cat /proc/${mainPid(host, 'web')}/limits`);
    assert.deepEqual(parseProcLimit(limits, 'nofile'), [4096, 4096]);
    assert.equal(outputOf(host, 'provision status --only service'), 'no changes\n');
    outputOf(host, 'systemctl kill qemu-vm@web; systemctl stop qemu-vm@web');
    assert.deepEqual(stateOf(host, 'web'), ended('web'));
    outputOf(host, 'rm /etc/libvirt/qemu.conf; provision apply --only service');
    const dropIns = () => outputOf(host, 'systemctl show -P DropInPaths qemu-vm@web').trim();
    assert.equal(dropIns(), '');
    // The run that removed it is taken back first, then the one that made it.
    outputOf(host, 'provision revert --last');
    assert.match(dropIns(), /50-virt-privileges\.conf$/);
    outputOf(host, 'provision revert --last');
    assert.equal(dropIns(), '');
  });

  await context.test(
    'enabled, it is there again after a reboot; what ran unasked is given back',
    async () => {
      outputOf(host, 'systemctl enable qemu-vm@web');
      await host.reboot();
      assert.deepEqual(stateOf(host, 'web'), running('web'));
      assert.deepEqual(stateOf(host, 'db'), ended('db'));
    },
  );

  await context.test(
    'the machine stops at once: what is not started again is given back at boot',
    async () => {
      outputOf(host, 'systemctl enable virt-privileges-recover; systemctl start qemu-vm@db');
      assert.deepEqual(stateOf(host, 'db'), running('db'));
      outputOf(host, 'sync');
      await host.reboot('--force', '--force');
      assert.deepEqual(stateOf(host, 'db'), ended('db'));
      assert.deepEqual(stateOf(host, 'web'), running('web'));
    },
  );
});
