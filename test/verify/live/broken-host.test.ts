import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../../support/booted-host.ts';
import {
  assertNothingLeft,
  bootVerifiedHost,
  find,
  needsVerifiedHost,
  verify,
} from './verified-host.ts';

interface Breakage {
  readonly name: string;
  readonly id: string;
  readonly words?: string;
  readonly spoil: string;
  readonly mend: string;
  readonly summary: string | RegExp;
  readonly hint: string;
}

const breakages: readonly Breakage[] = [
  {
    name: 'the user is no member of kvm any more',
    id: 'accounts',
    spoil: 'usermod --gid libvirt-qemu libvirt-qemu; gpasswd --delete libvirt-qemu kvm || true',
    mend: 'usermod --gid kvm libvirt-qemu',
    summary: 'missing: membership libvirt-qemu/kvm',
    hint: 'provision apply --only accounts',
  },
  {
    name: 'the node is root’s alone',
    id: 'device',
    spoil: 'chmod 600 /dev/kvm',
    mend: 'chmod 666 /dev/kvm',
    summary: '/dev/kvm is 0600 root:kvm, the policy says 0666 root:kvm',
    hint: "run `provision apply --only device` on the host: the node is the host's",
  },
  {
    name: 'there is no node',
    id: 'device',
    spoil: 'umount /dev/kvm; rm /dev/kvm',
    mend: 'mknod -m 666 /dev/kvm c 10 232; chgrp kvm /dev/kvm',
    summary:
      'there is no /dev/kvm: this is a container (systemd-nspawn) that was not given the node',
    hint: 'start it with systemd-nspawn --bind=/dev/kvm, and DeviceAllow=/dev/kvm rw in its service',
  },
  {
    name: 'another device has the name',
    id: 'kvm-unprivileged',
    spoil: 'rm /dev/kvm; mknod -m 666 /dev/kvm c 1 3; chgrp kvm /dev/kvm',
    mend: 'rm /dev/kvm; mknod -m 666 /dev/kvm c 10 232; chgrp kvm /dev/kvm',
    summary: 'user nobody cannot make a KVM guest: what stands there is not KVM',
    hint: 'remove it and load the module again: the node of KVM is a character device, 10:232',
  },
  {
    name: 'qemu.conf names an account that nobody has',
    id: 'qemu-conf',
    spoil: 'provision qemu-conf set user vmuser',
    mend: 'provision apply --restart',
    summary:
      /^there is no user vmuser \(\/etc\/libvirt\/qemu.conf:\d+\): libvirt does not start with it$/,
    hint: 'provision apply, or name an account that exists',
  },
  {
    name: 'libvirt has not read the file yet',
    id: 'qemu-conf',
    spoil:
      'provision apply --restart --set qemu_conf.user=alice --set qemu_conf.group=alice; provision apply',
    mend: 'systemctl restart libvirtd',
    summary: /^libvirtd \(process \d+\) still gives guests \d+:\d+: it has not read the file yet$/,
    hint: 'systemctl restart libvirtd.service; running guests go on',
  },
  {
    name: 'a QEMU runs as root',
    id: 'processes',
    spoil:
      'qemu-system-x86_64 -S -machine none -display none -nodefaults -daemonize -pidfile /run/bad.pid',
    mend: 'kill "$(cat /run/bad.pid)"; while kill -0 "$(cat /run/bad.pid)"; do sleep 0.05; done',
    summary: 'of 1 QEMU process one has rights that no QEMU should have',
    hint: 'set user and group in qemu.conf, or start it with qemu-launch (provision audit shows all)',
  },
  {
    name: 'QEMU’s user may not execute the emulator',
    id: 'launch',
    words: '--launch',
    spoil: 'chmod 750 /usr/bin/qemu-system-x86_64',
    mend: 'chmod 755 /usr/bin/qemu-system-x86_64',
    summary: /^qemu-launch ended with 126: cannot execute \/usr\/bin\/qemu-system-x86_64: /,
    hint: 'setfacl -m u:libvirt-qemu:x /usr/bin/qemu-system-x86_64',
  },
  {
    name: 'libvirt forgets whose the disk was',
    id: 'libvirt',
    words: '--libvirt',
    spoil: 'provision qemu-conf set remember_owner 0; systemctl restart libvirtd',
    mend: 'provision qemu-conf unset remember_owner; systemctl restart libvirtd',
    summary: 'its disk was not given back: it is 0600 root:root now',
    hint: 'remember_owner = 1 in qemu.conf, and a file system with extended attributes below /run',
  },
  {
    name: 'libvirt’s user may not execute the emulator',
    id: 'libvirt',
    words: '--libvirt',
    spoil: 'chmod 750 /usr/bin/qemu-system-x86_64',
    mend: 'chmod 755 /usr/bin/qemu-system-x86_64; systemctl restart libvirtd',
    summary: /^libvirt does not start a guest: /,
    hint: 'see the journal of libvirtd or virtqemud',
  },
  {
    name: 'the gid of the node is the host’s',
    id: 'session',
    words: '--session alice',
    spoil: 'chown root:4242 /dev/kvm; chmod 660 /dev/kvm',
    mend: 'chown root:kvm /dev/kvm; chmod 666 /dev/kvm',
    summary: 'user alice cannot start a KVM guest: its owner and mode forbid it',
    hint: "the host's group has gid 4242: groupmod --gid 4242 kvm in the container, or mode 0666 on the host",
  },
];

test('deliberate breakages', needsVerifiedHost, async (context) => {
  const host = await bootVerifiedHost(context);
  for (const { name, id, words = '', spoil, mend, summary, hint } of breakages) {
    await context.test(`${id}: ${name}`, () => {
      outputOf(host, spoil);
      const { status, ok, checks } = verify(host, words);
      outputOf(host, mend);
      const found = find(checks, id);
      assert.deepEqual([status, ok, found.status], [3, false, 'fail'], JSON.stringify(checks));
      if (typeof summary === 'string') assert.equal(found.summary, summary);
      else assert.match(found.summary, summary);
      assert.equal(found.hint, hint);
      assertNothingLeft(host);
    });
  }
  await context.test('mended, all is well again', () => {
    assert.equal(verify(host, '--strict --launch --libvirt --session alice').status, 0);
  });
});
