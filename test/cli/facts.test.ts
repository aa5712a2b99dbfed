import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { runProvision } from '../support/run-provision.ts';

const files = {
  'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
  'etc/passwd': 'qemu:x:107:107::/:/sbin/nologin\n',
  'etc/group': 'qemu:x:107:\n',
  'usr/lib/group': 'kvm:x:36:qemu\n',
  'etc/udev/rules.d/50-\u001b[2J.rules': '# x\nKERNEL=="kvm", MODE="0640"\n',
  'etc/udev/rules.d/70-kvm.rules': 'KERNEL=="kvm", MODE="0666", ENV{X}=="1", GROUP="kvm"\n',
  'etc/libvirt/qemu.conf': 'user = "qemu"\nvnc_password = "secret"\n',
};

test('the facts of an image, for people', (context) => {
  const root = makeTree(context, files);
  const { stdout, exitCode } = runProvision('status', '-v', '--root', root);
  assert.equal(exitCode, 3);
  const [head = ''] = stdout.split('\n\n');
  const rules = `${root}/etc/udev/rules.d`;
  const lines = head.split('\n').filter((line) => !line.startsWith('accounts by'));
  assert.deepEqual(lines, [
    'release      fedora-44',
    'system       an image',
    'group kvm    gid 36, from /usr/lib',
    'group qemu   gid 107, from /etc',
    'user qemu    uid 107, from /etc',
    `udev rules   mode 0640 (${rules}/50-\\x1b[2J.rules:2)`,
    `             mode 0666 under conditions (${rules}/70-kvm.rules:1), which counts`,
    `             group kvm under conditions (${rules}/70-kvm.rules:1), which counts`,
    'qemu.conf    user = "qemu", group is not set, dynamic_ownership is not set',
  ]);
  assert.doesNotMatch(stdout, /secret/);
});

test('the facts of an image, as a document; only when they are asked for', (context) => {
  const root = makeTree(context, files);
  const documentOf = (...words: readonly string[]) =>
    JSON.parse(runProvision('status', '--json', '--root', root, ...words).stdout);
  const { facts, ...rest } = documentOf('--verbose');
  assert.deepEqual(rest, documentOf());
  assert.deepEqual(facts.qemuConf, {
    path: '/etc/libvirt/qemu.conf',
    state: 'file',
    settings: { user: 'qemu', group: null, dynamic_ownership: null },
  });
  assert.deepEqual([facts.release, facts.readOnlyUsr, facts.live], ['fedora-44', false, null]);
});
