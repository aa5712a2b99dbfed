import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import { prepareLibvirt, runGuest } from '../../support/libvirt-guest.ts';

/** Everything below /etc with its content, but for the accounts' own files and what libvirt makes. */
function snapshot(host: BootedHost): readonly string[] {
  const text = outputOf(
    host,
    `find /etc -xdev ! -path '/etc/virt-privileges*' ! -path /etc/libvirt/secrets \\
      ! -regex '/etc/\\(passwd\\|group\\|shadow\\|gshadow\\|subuid\\|subgid\\)-?' ! -name .pwd.lock |
      sort | while read -r path; do
        stat -c '%n %f %u:%g' "$path"
        [ -L "$path" ] || [ ! -f "$path" ] || sha256sum "$path"
      done`,
  );
  return text.split('\n');
}

/** Asserts that nothing changed, and shows no more than what did. */
function assertSame(host: BootedHost, before: readonly string[]): void {
  const now = snapshot(host);
  const gone = before.filter((line) => !now.includes(line));
  const come = now.filter((line) => !before.includes(line));
  assert.deepEqual({ gone, come }, { gone: [], come: [] });
}

function nodeOf(host: BootedHost): string {
  return outputOf(host, 'stat -c "%a %U:%G" /dev/kvm');
}

function writePolicy(host: BootedHost): void {
  outputOf(
    host,
    `mkdir -p /etc/virt-privileges; echo '${policy}' >/etc/virt-privileges/policy.yaml`,
  );
}

const policy = `{
  user: { name: vmuser, uid: 207 }, group: { name: vmuser, gid: 207 }, kvm: { access: world }
}`;

/** Starts a guest and checks that it runs as that user with nothing left, and what its disk went through. */
function assertGuest(host: BootedHost, name: string, id: number, meanwhile = ''): void {
  const { status, ...disk } = runGuest(host, meanwhile);
  assert.deepEqual([status.uid, status.gid], [Array(4).fill(id), Array(4).fill(id)]);
  const none = '0'.repeat(16);
  assert.deepEqual([status.capEff, status.capPrm, status.capAmb], [none, none, none]);
  const kvm = Number(outputOf(host, 'getent group kvm').split(':')[2]);
  assert.ok(status.groups.includes(kvm), status.text.groups);
  const [diskBefore, diskAfter] = ['600 root:root', '600 root:root'];
  assert.deepEqual(disk, { diskBefore, diskDuring: `600 ${name}:${name}`, diskAfter });
}

test('a booted system with libvirt', needsBootedHost('trixie-libvirt'), async (context) => {
  const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
  const before = snapshot(host);

  await context.test("apply with the release's own defaults, and libvirt obeys", () => {
    assert.match(host.run('provision apply').stderr, /reads qemu\.conf only when it starts/);
    assert.equal(outputOf(host, 'provision status'), 'no changes\n');
    outputOf(host, 'systemctl restart libvirtd');
    assertGuest(host, 'libvirt-qemu', 64055);
  });

  await context.test('another user in the policy counts after a restart of libvirt', () => {
    writePolicy(host);
    assert.equal(host.run('provision status').status, 3);
    // A guest that runs goes on as it was, and its disk comes back all the same.
    assertGuest(host, 'libvirt-qemu', 64055, 'provision apply --restart --force-device');
    assert.equal(nodeOf(host), '666 root:kvm\n');
    assertGuest(host, 'vmuser', 207);
  });

  await context.test('a reboot keeps all of it', async () => {
    await host.reboot();
    assert.equal(outputOf(host, 'provision status'), 'no changes\n');
    assert.equal(nodeOf(host), '666 root:kvm\n');
    assertGuest(host, 'vmuser', 207);
  });

  await context.test('revert gives back every byte; an account with files stays', () => {
    const { status, stderr } = host.run('provision revert --accounts');
    assert.equal(status, 3);
    assert.match(stderr, /user vmuser stays: \/var\/lib\/libvirt\/qemu belongs to it/);
    assertSame(host, before);
    assert.equal(nodeOf(host), '660 root:kvm\n');
    outputOf(host, 'systemctl restart libvirtd');
    assertGuest(host, 'libvirt-qemu', 64055);
  });

  await context.test('the account goes when nothing is left of it', () => {
    outputOf(host, 'provision revert --accounts');
    assert.equal(host.run('getent passwd vmuser').status, 2);
  });

  await context.test('after another reboot the system is as it came', async () => {
    await host.reboot();
    assertSame(host, before);
    assert.equal(nodeOf(host), '660 root:kvm\n');
  });
});
