import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import { prepareLibvirt } from '../../support/libvirt-guest.ts';
import { assertNothingLeft, verify } from './verified-host.ts';

const prepare = `
useradd guest
mkdir -p /etc/virt-privileges
echo 'kvm: { access: world }' >/etc/virt-privileges/policy.yaml
provision apply --force-device --restart 2>&1
`;

test('a booted system with libvirt', needsBootedHost('trixie-libvirt'), async (context) => {
  const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
  outputOf(host, prepare);

  await context.test('after apply every check passes', () => {
    const { status, ok, checks } = verify(host, '--strict --launch --libvirt --session guest');
    const found = Object.values(checks).map(({ id, status, summary }) => [id, status, summary]);
    assert.deepEqual(found, [
      [
        'accounts',
        'pass',
        'user libvirt-qemu (64055), group libvirt-qemu (64055), member of kvm (994)',
      ],
      ['device', 'pass', '/dev/kvm is 0666 root:kvm'],
      ['kvm-unprivileged', 'pass', 'nobody opens /dev/kvm and makes a guest'],
      ['qemu-conf', 'pass', 'QEMU runs as user libvirt-qemu, group libvirt-qemu'],
      ['processes', 'pass', 'no QEMU process runs'],
      ['launch', 'pass', ran],
      ['libvirt', 'pass', ran],
      ['session', 'pass', 'guest starts a KVM guest'],
    ]);
    assert.deepEqual([status, ok], [0, true]);
    assertNothingLeft(host);
  });
});

const ran =
  'a guest ran as libvirt-qemu (64055) without capabilities; its disk was given and given back';
