import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootHost, needsBootedHost, outputOf } from '../support/booted-host.ts';
import { payloadOf, textOf } from '../support/provision.ts';

const unit = textOf(payloadOf('debian-13'), 'virt-privileges-recover.service');

/** The program and the unit as packages bring them, and disks of somebody's. */
const prepare = `
ln -s ../local/bin/qemu-launch /usr/bin/qemu-launch
cat >/usr/lib/systemd/system/virt-privileges-recover.service <<'END'
${unit}
END
systemctl --quiet enable virt-privileges-recover.service
for disk in one two; do
  truncate -s 1M /srv/$disk.raw
  chown 12345:23456 /srv/$disk.raw
  chmod 600 /srv/$disk.raw
done
`;

/** A QEMU that nobody gives back for: `exec` leaves no launcher behind. */
const startGuest = `
systemd-run --quiet --unit=guest --service-type=exec qemu-launch exec --name one \\
  --user +34567 --group +45678 -- \\
  qemu-system-x86_64 -S -display none -nodefaults -m 32 -drive file=/srv/one.raw,format=raw
for try in $(seq 200); do
  [ "$(stat -c %u /srv/one.raw)" = 34567 ] && pgrep -u 34567 qemu >/run/pid && break
  sleep 0.05
done
cat /run/pid
`;

const owners = "stat -c '%u:%g %a' /srv/one.raw /srv/two.raw";

test(
  'after a reboot the unit has given back what the machine went down with',
  needsBootedHost('trixie'),
  async (context) => {
    const host = await bootHost(context, 'trixie', prepare);
    const bootId = outputOf(host, 'cat /proc/sys/kernel/random/boot_id');
    const first = outputOf(host, 'systemctl show -P Result virt-privileges-recover.service');
    assert.equal(first, 'success\n');
    outputOf(host, startGuest);
    assert.equal(outputOf(host, owners), '34567:45678 600\n12345:23456 600\n');
    await host.reboot();
    assert.notEqual(outputOf(host, 'cat /proc/sys/kernel/random/boot_id'), bootId);
    assert.equal(outputOf(host, owners), '12345:23456 600\n12345:23456 600\n');
    assert.equal(outputOf(host, 'ls -A /var/lib/virt-privileges/claims'), 'lock\n');
    const ran = 'systemctl show -P ConditionResult -P Result virt-privileges-recover.service';
    assert.equal(outputOf(host, ran), 'success\nyes\n');
  },
);
