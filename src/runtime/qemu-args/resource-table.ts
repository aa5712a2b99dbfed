/**
 * By option: driver key=fallback kind access flags, as docs/resources.md explains them to people. Flags:
 *   +KEY, -KEY  only while that switch or property is on or given, or is not
 *   created     QEMU makes it; `server`: with server=on; `missing`: where it is not there
 *   list        several paths between colons; `each`: the property may come several times, and each counts
 *   optional    QEMU goes on without it; `later`: while it is missing; `search`: a bare name it also seeks among its own files
 *   readonly    only read with readonly=on; `writable`: written with readonly=off
 *   @FORM       the value is an address in which a path stands
 *   ask         which of the nodes, only the user can say
 */
export const resourceTable: Readonly<Record<string, string>> = {
  netdev: `
tap =/dev/net/tun device-node rw -fd -fds -helper
tap =/dev/vhost-net device-node rw +vhost -vhostfd -vhostfds
tap =/dev/vhost-net device-node rw +vhostforce -vhost -vhostfd -vhostfds
tap|bridge br name -
user tftp filesystem ro
user smb filesystem rw
user ip name -
user ipv6-prefix name -
vde sock socket rw @vde
vhost-vdpa vhostdev device-node rw -vhostfd
stream addr.path socket rw server -addr.abstract -reconnect -reconnect-ms
stream addr.path socket rw later +reconnect -addr.abstract
stream addr.path socket rw later +reconnect-ms -addr.abstract
dgram local.path socket rw created -local.abstract
dgram remote.path socket rw later -remote.abstract
af-xdp map-path config rw
netmap devname=/dev/netmap device-node rw
passt path config ro
passt address name -
passt tcp-ports name -
passt udp-ports name -`,
  device: `
* romfile option-rom ro search
* pcap log rw created
* bus name -
* failover_pair_id name -
vhost-vsock-* =/dev/vhost-vsock device-node rw -vhostfd
vhost-scsi* =/dev/vhost-scsi device-node rw -vhostfd
vhost-vdpa-device* vhostdev device-node rw
virtio-input-host* evdev input rw
virtio-gpu|virtio-gpu-pci|virtio-gpu-device|virtio-gpu-ccw|virtio-vga =/dev/udmabuf device-node rw +blob
virtio-gpu-rutabaga*|virtio-vga-rutabaga wayland-socket-path socket rw
usb-host hostdevice host-device rw
usb-mtp rootdir filesystem ro writable
usb-mtp desc name -
usb-redir filter name -
u2f-passthru hidraw=/dev/hidraw* host-device rw ask
u2f-emulated dir secret ro
u2f-emulated cert secret ro
u2f-emulated privkey secret ro
u2f-emulated entropy secret ro
u2f-emulated counter secret ro
canokey file state rw missing
ccid-card-emulated db=/etc/pki/nssdb secret ro optional
loader file kernel ro
guest-loader kernel kernel ro
guest-loader initrd initrd ro
guest-loader bootargs name -
scsi-* device_id name -
ipmi-bmc-sim sdrfile config ro
ipmi-bmc-sim frudatafile config ro
cxl-* cdat config ro
uefi-vars-* jsonfile nvram rw missing
spapr-tpm-proxy host-path tpm rw
vfio-user-pci socket.path socket rw`,
  object: `
can-host-socketcan if name -
rng-random filename=/dev/urandom rng ro
input-linux evdev input rw
filter-dump file log rw created
qtest log log rw created
sev-guest|sev-snp-guest sev-device=/dev/sev device-node rw
sev-guest dh-cert-file secret ro
sev-guest session-file secret ro
sev-snp-guest guest-visible-workarounds name -
sev-snp-guest id-block name -
sev-snp-guest id-auth name -
sev-snp-guest host-data name -
tdx-guest mrconfigid name -
tdx-guest mrowner name -
tdx-guest mrownerconfig name -
tdx-guest quote-generation-socket.path socket rw
memory-backend-epc =/dev/sgx_vepc device-node rw
memory-backend-epc =/dev/sgx_provision device-node ro optional
iommufd =/dev/iommu device-node rw -fd
pr-manager-helper path socket rw
authz-list-file|authz-listfile filename config ro
dbus-vmstate addr socket rw @dbus
x-vfio-user-server socket.path socket rw created
igvm-cfg file firmware ro
tls-cipher-suites dir name -
memory-backend-file mem-path memory rw readonly missing
memory-backend-shm =/dev/shm memory rw
secret file secret ro`,
  tpmdev: `
passthrough path=/dev/tpm0 tpm rw
passthrough cancel-path= tpm rw @cancel`,
  fsdev: `
local|handle path filesystem rw readonly
proxy socket socket rw
* mount_tag name -`,
  audiodev: `
alsa =/dev/snd/control* device-node rw optional
alsa =/dev/snd/pcm* device-node rw optional
alsa =/dev/snd/timer device-node rw optional
alsa|sndio|pa|pipewire|jack|sdl in.dev name -
alsa|sndio|pa|pipewire|jack|sdl out.dev name -
alsa|sndio|pa|pipewire|jack|sdl in.name name -
alsa|sndio|pa|pipewire|jack|sdl out.name name -
sndio dev name -
oss in.dev=/dev/dsp device-node rw
oss out.dev=/dev/dsp device-node rw
wav path=qemu.wav log rw created
pa server socket rw @pulse`,
  display: `
* rendernode device-node rw
egl-headless =/dev/dri/renderD* device-node rw -rendernode
dbus|spice-app =/dev/dri/renderD* device-node rw +gl -rendernode
gtk|sdl =/dev/dri/renderD* device-node rw optional +gl
dbus addr socket rw @dbus`,
  spice: `
* rendernode device-node rw
* =/dev/dri/renderD* device-node rw +gl -rendernode
* =/etc/sasl2/qemu.conf config ro optional +sasl`,
  vnc: `
* =/etc/sasl2/qemu.conf config ro optional +sasl
* x509 secret ro
* x509verify secret ro`,
  machine: `
* kernel kernel ro
* shim kernel ro
* initrd initrd ro
* dtb dtb ro
* dumpdtb config rw created
* firmware firmware ro search
* append name -`,
  acpitable: `
* file acpi-table ro list
* data acpi-table ro list`,
  smbios: `
* file smbios ro
* path smbios ro each`,
  fw_cfg: '* file fw-cfg ro',
  boot: '* splash firmware ro search',
  'option-rom': '* romfile option-rom ro search',
  trace: `
* events config ro
* file log rw created`,
  plugin: '* file config ro each',
};
