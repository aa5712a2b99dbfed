import { type ProcStatus, parseProcStatus } from '../../src/formats/proc-status.ts';
import { type BootedHost, outputOf } from './booted-host.ts';

/** How a guest of `qemu:///system` was, and who owned its disk. */
export interface GuestRun {
  /** Of QEMU, while the guest was paused. */
  readonly status: ProcStatus;
  readonly diskBefore: string;
  readonly diskDuring: string;
  readonly diskAfter: string;
}

/** Has libvirt start a paused guest with a disk that is root's alone, runs a script meanwhile, and ends it. */
export function runGuest(host: BootedHost, meanwhile = ''): GuestRun {
  const [status = '', ...owners] = outputOf(host, printScript(meanwhile)).split('\f');
  const [diskBefore = '', diskDuring = '', diskAfter = ''] = owners;
  return { status: parseProcStatus(status), diskBefore, diskDuring, diskAfter };
}

/** Has libvirt start a paused guest; its pid in that system. */
export function startGuest(host: BootedHost, name = 'guest'): number {
  return Number(outputOf(host, `${createScript(name)}cat /run/libvirt/qemu/${name}.pid`));
}

/** Ends a guest. */
export function endGuest(host: BootedHost, name = 'guest'): void {
  outputOf(host, destroyScript(name));
}

// A libvirtd that was just started may not have found its guest again, and then kills it and says that there is none:
// what asks the guest something waits.
const destroyScript = (name: string) => `
virsh --quiet dommemstat ${name} >/dev/null
virsh --quiet destroy ${name}
`;

/**
 * What to do to the system before it boots. libvirtd 11 sometimes waits 30 s for the thread of its driver
 * for host devices when it stops, and systemd refuses a sixth start within 10 s.
 */
export const prepareLibvirt = `
rm /usr/lib/*/libvirt/connection-driver/libvirt_driver_nodedev.so
mkdir /etc/systemd/system/libvirtd.service.d
printf '[Unit]\\nStartLimitIntervalSec=0\\n' >/etc/systemd/system/libvirtd.service.d/tests.conf
`;

/** A guest with one disk; emulated, so that it starts on machines without KVM. */
export const guestOf = (name: string, disk: string) => `
<domain type='qemu'>
  <name>${name}</name>
  <memory unit='MiB'>32</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${disk}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;

const imagePath = '/var/lib/libvirt/images/guest.img';

const createScript = (name: string) => `
disk=${imagePath}
show() { printf '\\f%s' "$(stat -c '%a %U:%G' "$disk")"; }
rm -f "$disk"
truncate -s 1M "$disk"
chmod 600 "$disk"
before=$(show)
printf '%s' "${guestOf(name, imagePath)}" >/run/guest.xml
virsh --quiet create --paused /run/guest.xml
`;

const printScript = (meanwhile: string) => `${createScript('guest')}
pid=$(cat /run/libvirt/qemu/guest.pid)
cat "/proc/$pid/status"
printf '%s' "$before"
show
( ${meanwhile || ':'} ) >/dev/null
kill -0 "$pid"
${destroyScript('guest')}show
`;
