import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { bootHost, needsBootedHost, outputOf } from '../support/booted-host.ts';
import { blockOf, blocksOf, readPage, sectionsOf } from '../support/page.ts';
import {
  awaitGuest,
  installPrograms,
  journalOf,
  mainPid,
  overrideUnit,
  writeGuestDisk,
} from '../support/service-host.ts';

const path = 'docs/services.md';

// The page speaks of hosts, and this is a container with a node of its own.
const asHost = `${installPrograms()}
rm /usr/local/bin/provision
cat >/usr/local/bin/provision <<'END'
#!/bin/sh
[ "$1" != apply ] || set -- "$@" --force-device
exec /opt/virt-privileges/dist/provision.mjs "$@"
END
chmod 755 /usr/local/bin/provision
${writeGuestDisk('/root/guest.raw')}`;

function blocksBelow(heading: string, kind: string): readonly string[] {
  const section = sectionsOf(readPage(path)).find((each) => each.heading === heading);
  return blocksOf(section?.text ?? '', kind);
}

test(`every command of ${path}`, needsBootedHost('trixie'), async (context) => {
  const host = await bootHost(context, 'trixie', asHost);
  const example = 'From nothing to a guest that survives a reboot';

  await context.test(example, async () => {
    // KVM below another hypervisor does not run every firmware.
    const follow = (block: string) => block.replace('accel=kvm:tcg', 'accel=tcg');
    for (const block of blocksBelow(example, 'sh')) outputOf(host, `cd /root\n${follow(block)}`);
    assert.match(
      outputOf(host, 'qemu-launch list'),
      /web +running, pid \d+, verified +libvirt-qemu/,
    );
    await host.reboot();
    const [first = '', last = ''] = blocksBelow(example, 'sh after');
    assert.equal(outputOf(host, first), 'active\n');
    await awaitGuest(host, 'web');
    assert.equal(outputOf(host, last), 'root\n');
    assert.doesNotMatch(journalOf(host, 'web'), /did not power down/);
  });

  await context.test('the other commands', () => {
    for (const { heading, text } of sectionsOf(readPage(path))) {
      if (heading === example) continue;
      for (const block of blocksOf(text, 'sh')) outputOf(host, block);
    }
  });

  await context.test('without the unit', () => {
    const [block = ''] = blocksBelow('Sockets and files of its own', 'sh elsewhere');
    const script = `qemu-launch prepare --vm web
      ${block.trim()} >/dev/null 2>&1 &
      qemu-launch adopt web --pid $!; ls /run/virt-privileges/web
      qemu-launch stop web --timeout 0; qemu-launch restore web; stat -c %U /srv/vms/web.raw`;
    assert.equal(outputOf(host, script), 'qmp\nqmp.conf\nserial\nroot\n');
  });

  const needsKvm = { skip: existsSync('/dev/kvm') ? false : 'the example wants KVM' };
  await context.test('a guest without network', needsKvm, async () => {
    const edits = 's/user,model=virtio-net-pci/none -S/; s/accel=tcg/accel=kvm/';
    outputOf(host, `sed -i '${edits}' /etc/virt-privileges/vms/web.args`);
    overrideUnit(host, 'web', blockOf(path, 'ini alone'));
    outputOf(host, 'systemctl start qemu-vm@web');
    const network = (pid: string) => outputOf(host, `readlink /proc/${pid}/ns/net`);
    assert.notEqual(network(mainPid(host, 'web')), network('1'));
    outputOf(host, 'systemctl kill qemu-vm@web; systemctl stop qemu-vm@web');
    assert.equal(outputOf(host, 'stat -c %U /srv/vms/web.raw'), 'root\n');
  });
});
