import { test } from 'node:test';
import { bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import { prepareLibvirt } from '../../support/libvirt-guest.ts';
import { verify, assertNothingLeft } from './verified-host.ts';

test('try', needsBootedHost('trixie-libvirt'), async (context) => {
  const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
  console.log(outputOf(host, "useradd guest; mkdir -p /etc/virt-privileges; echo 'kvm: {access: world}' >/etc/virt-privileges/policy.yaml; provision apply --force-device --restart 2>&1"));
  const r = verify(host, '--launch --libvirt --session guest');
  console.log(JSON.stringify(r, null, 1));
  console.log(host.run('provision verify --launch --libvirt --session guest').stdout);
  assertNothingLeft(host);
});
