import type { ResourceKind } from './host-path.ts';
import { lazy } from './lazy.ts';

/** One property of an option that names a path of the host, or a node that the option opens without naming it. */
export interface ResourceRow {
  /** The option's canonical name: `netdev` for -nic and -net, `audiodev` for -audio, `fsdev` for -virtfs. */
  readonly option: string;
  /** The option's drivers: names that `|` separates, a last `*` stands for any end. */
  readonly driver: string;
  /** Empty: no property names the path. */
  readonly key: string;
  /** The path where the property is left out; null: none. A last `*`: every node of such a name. */
  readonly fallback: string | null;
  /** `name`: whatever it looks like, it is no path of the host. */
  readonly kind: ResourceKind | 'name';
  readonly access: 'ro' | 'rw';
  readonly flags: readonly string[];
}

/*
 * option driver key=fallback kind access flags, as docs/resources.md explains them to people. Flags:
 *   +KEY, -KEY  only while that switch or property is on or given, or is not
 *   created     QEMU makes it; `server`: with server=on; `missing`: where it is not there
 *   list        several paths between colons
 *   optional    QEMU goes on without it; `search`: a bare name it also seeks among its own files
 *   readonly    only read with readonly=on; `writable`: written with readonly=off
 *   @FORM       the value is an address in which a path stands
 *   ask         which of the nodes, only the user can say
 */
const table = `
netdev tap =/dev/net/tun device-node rw -fd -fds -helper
netdev tap =/dev/vhost-net device-node rw +vhost -vhostfd -vhostfds
netdev tap =/dev/vhost-net device-node rw +vhostforce -vhost -vhostfd -vhostfds
netdev tap|bridge br name -
netdev user tftp filesystem ro
netdev user smb filesystem rw
netdev user ip name -
netdev user ipv6-prefix name -
netdev vde sock socket rw @vde
netdev vhost-vdpa vhostdev device-node rw -vhostfd
netdev stream addr.path socket rw server -addr.abstract
netdev dgram local.path socket rw created -local.abstract
netdev dgram remote.path socket rw -remote.abstract
netdev af-xdp map-path config rw
netdev netmap devname=/dev/netmap device-node rw
netdev passt path config ro
netdev passt address name -
netdev passt tcp-ports name -
netdev passt udp-ports name -
device * romfile option-rom ro search
device * pcap log rw created
device * bus name -
device * failover_pair_id name -
device vhost-vsock-* =/dev/vhost-vsock device-node rw -vhostfd
device vhost-scsi* =/dev/vhost-scsi device-node rw -vhostfd
device vhost-vdpa-device* vhostdev device-node rw
device virtio-input-host* evdev input rw
device virtio-gpu|virtio-gpu-pci|virtio-gpu-device|virtio-gpu-ccw|virtio-vga =/dev/udmabuf device-node rw +blob
device virtio-gpu-rutabaga*|virtio-vga-rutabaga wayland-socket-path socket rw
device usb-host hostdevice host-device rw
device usb-mtp rootdir filesystem ro writable
device usb-mtp desc name -
device usb-redir filter name -
device u2f-passthru hidraw=/dev/hidraw* host-device rw ask
device u2f-emulated dir secret ro
device u2f-emulated cert secret ro
device u2f-emulated privkey secret ro
device u2f-emulated entropy secret ro
device u2f-emulated counter secret ro
device canokey file state rw missing
device ccid-card-emulated db=/etc/pki/nssdb secret ro optional
device loader file kernel ro
device guest-loader kernel kernel ro
device guest-loader initrd initrd ro
device guest-loader bootargs name -
device ipmi-bmc-sim sdrfile config ro
device ipmi-bmc-sim frudatafile config ro
device cxl-* cdat config ro
device uefi-vars-* jsonfile nvram rw missing
device spapr-tpm-proxy host-path tpm rw
device vfio-user-pci socket.path socket rw
object rng-random filename=/dev/urandom rng ro
object input-linux evdev input rw
object filter-dump file log rw created
object qtest log log rw created
object sev-guest|sev-snp-guest sev-device=/dev/sev device-node rw
object sev-guest dh-cert-file secret ro
object sev-guest session-file secret ro
object sev-snp-guest guest-visible-workarounds name -
object sev-snp-guest id-block name -
object sev-snp-guest id-auth name -
object sev-snp-guest host-data name -
object tdx-guest mrconfigid name -
object tdx-guest mrowner name -
object tdx-guest mrownerconfig name -
object tdx-guest quote-generation-socket.path socket rw
object memory-backend-epc =/dev/sgx_vepc device-node rw
object memory-backend-epc =/dev/sgx_provision device-node ro optional
object iommufd =/dev/iommu device-node rw -fd
object pr-manager-helper path socket rw
object authz-list-file|authz-listfile filename config ro
object dbus-vmstate addr socket rw @dbus
object x-vfio-user-server socket.path socket rw created
object igvm-cfg file firmware ro
object tls-cipher-suites dir name -
tpmdev passthrough path=/dev/tpm0 tpm rw
tpmdev passthrough cancel-path= tpm rw @cancel
fsdev local|handle path filesystem rw readonly
fsdev proxy socket socket rw
fsdev * mount_tag name -
audiodev alsa =/dev/snd/control* device-node rw optional
audiodev alsa =/dev/snd/pcm* device-node rw optional
audiodev alsa =/dev/snd/timer device-node rw optional
audiodev alsa|sndio|pa|pipewire|jack|sdl in.dev name -
audiodev alsa|sndio|pa|pipewire|jack|sdl out.dev name -
audiodev alsa|sndio|pa|pipewire|jack|sdl in.name name -
audiodev alsa|sndio|pa|pipewire|jack|sdl out.name name -
audiodev sndio dev name -
audiodev oss in.dev=/dev/dsp device-node rw
audiodev oss out.dev=/dev/dsp device-node rw
audiodev wav path=qemu.wav log rw created
audiodev pa server socket rw @pulse
display * rendernode device-node rw
display egl-headless =/dev/dri/renderD* device-node rw -rendernode
display dbus|spice-app =/dev/dri/renderD* device-node rw +gl -rendernode
display gtk|sdl =/dev/dri/renderD* device-node rw optional +gl
display dbus addr socket rw @dbus
spice * rendernode device-node rw
spice * =/dev/dri/renderD* device-node rw +gl -rendernode
spice * =/etc/sasl2/qemu.conf config ro optional +sasl
vnc * =/etc/sasl2/qemu.conf config ro optional +sasl
vnc * x509 secret ro
vnc * x509verify secret ro
machine * kernel kernel ro
machine * shim kernel ro
machine * initrd initrd ro
machine * dtb dtb ro
machine * dumpdtb config rw created
machine * firmware firmware ro search
machine * append name -
acpitable * file acpi-table ro list
acpitable * data acpi-table ro list
smbios * file smbios ro
smbios * path smbios ro
fw_cfg * file fw-cfg ro
boot * splash firmware ro search
option-rom * romfile option-rom ro search
trace * events config ro
trace * file log rw created
plugin * file config ro
object memory-backend-file mem-path memory rw readonly missing
object memory-backend-shm =/dev/shm memory rw
object secret file secret ro
`;

const linesByOption = lazy(() => {
  const lines = new Map<string, string[]>();
  for (const line of table.trim().split('\n')) {
    const option = line.slice(0, line.indexOf(' '));
    const group = lines.get(option);
    if (group === undefined) lines.set(option, [line]);
    else group.push(line);
  }
  return lines;
});

function parseRow(line: string): ResourceRow {
  const [option = '', driver = '', property = '', kind = '', access = '', ...flags] =
    line.split(' ');
  const [key = '', fallback = null] = property.split('=');
  return { option, driver, key, fallback, kind, access, flags } as ResourceRow;
}

const sameRows = new Map([
  ['nic', 'netdev'],
  ['net', 'netdev'],
  ['audio', 'audiodev'],
  ['virtfs', 'fsdev'],
]);

/** The rows of an option with this driver. */
export function rowsOf(option: string, driver: string): readonly ResourceRow[] {
  const name = `${option} ${driver}`;
  const known = answers.get(name);
  if (known !== undefined) return known;
  const found = linesOf(sameRows.get(option) ?? option)
    .filter((line) => matches(line.split(' ', 2)[1] ?? '', driver))
    .map(parseRow);
  answers.set(name, found);
  return found;
}

function linesOf(option: string): readonly string[] {
  return linesByOption().get(option) ?? [];
}

// The same few drivers come again and again.
const answers = new Map<string, readonly ResourceRow[]>();

function matches(pattern: string, driver: string): boolean {
  if (pattern === '*' || pattern === driver) return true;
  return pattern
    .split('|')
    .some((name) => (name.endsWith('*') ? driver.startsWith(name.slice(0, -1)) : driver === name));
}

/** Every row, for the test that compares the documentation. */
export function allRows(): readonly ResourceRow[] {
  return [...linesByOption().values()].flat().map(parseRow);
}
