import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { type Shape, testShapes } from '../../support/qemu-trace.ts';
import { needs, runTool } from '../../support/tool.ts';

const noScripts = 'script=no,downscript=no';
/** What the release's root has not: terminals, spice, the tap's node. */
const here = { versions: { to: 9 } };

/** The more different ones first: the short run takes those only. */
const shapes: readonly Shape[] = [
  { line: '-chardev pipe,id=c,path=pair -serial pipe:single -chardev pipe,id=d,path=half' },
  {
    line: '-gdb unix:g.sock,server=on,wait=off -debugcon file:d,ebug -parallel file:par -vnc unix:v.sock -qmp-pretty unix:q.sock,server=on,wait=off',
  },
  { line: '-serial pty -chardev serial,id=c,path=/dev/ptmx -monitor /dev/ptmx', ...here },
  {
    line: '-netdev user,id=n,guestfwd=tcp:10.0.2.100:80-unix:f.sock,,server=on,,wait=off -object filter-dump,id=f,netdev=n,file=d.pcap',
  },
  {
    line: '-audiodev wav,id=a,path=x.wav -device intel-hda -device hda-output,audiodev=a -device loader,file=blob,addr=0x1000',
  },
  { line: '-spice unix,addr=s,,p.sock,disable-ticketing=on', ...here },
  {
    line: '-fsdev local,id=f,path=dir,security_model=none,readonly=on -device virtio-9p-pci,fsdev=f,mount_tag=/x',
  },
  // The long run's
  {
    line: '-chardev file,id=c,path=o,append=on -chardev null,id=d,logfile=l -chardev ringbuf,id=e,logfile=m,logappend=on',
  },
  { line: '-chardev file,id=c,path=o,input-path=blob', versions: { from: 9 } },
  { line: '-chardev socket,id=c,path=name,server=on,wait=off,abstract=on' },
  { line: '-chardev socket,id=c,path=name,abstract=on,server=on,wait=off,logfile=l' },
  { line: '-chardev socket,id=c,path=s.sock,server=on,wait=off,logfile=l -mon chardev=c' },
  {
    line: '-chardev socket,id=c,path=listening.sock -device virtio-serial -device virtconsole,chardev=c',
  },
  { line: '-chardev file,id=c,path=o -chardev mux,id=m,chardev=c -serial chardev:m' },
  {
    line: '-chardev null,id=a,logfile=l -chardev hub,id=h,chardevs.0=a -serial chardev:h',
    versions: { from: 10 },
  },
  { line: '-chardev msmouse,id=m -chardev testdev,id=t -chardev vc,id=v,logfile=l' },
  { line: '-serial file:o -serial file:p -parallel pipe:pair' },
  { line: '-serial unix:a,,b.sock,server,nowait -monitor unix:listening.sock' },
  { line: '-vnc vnc=unix:a.sock,vnc=unix:b,,c.sock' },
  { line: '-vnc :9,password=on' },
  { line: '-display vnc=unix:v.sock' },
  { line: '-display dbus,p2p=yes', ...here },
  {
    line: '-spice unix=on,addr=s.sock,disable-ticketing=on -chardev spicevmc,id=v,name=vdagent -device virtio-serial -device virtserialport,chardev=v,name=com.redhat.spice.0',
    ...here,
  },
  ...(needs('openssl').skip === false
    ? [
        { line: '-spice tls-port=5999,x509-dir=tls,disable-ticketing=on', ...here },
        {
          line: '-spice port=5998,x509-dir=nowhere,x509-key-file=nothing,disable-ticketing=on',
          ...here,
        },
        {
          line: '-spice tls-port=5999,x509-dir=tls,x509-key-file=tls/other-key.pem,disable-ticketing=on',
          ...here,
        },
      ]
    : []),
  { line: '-netdev user,id=n,tftp=dir,bootfile=/x', unopened: ['/dir'] },
  { line: '-nic user,guestfwd=tcp:10.0.2.100:80-file:o,guestfwd=tcp:10.0.2.101:81-null' },
  { line: '-netdev stream,id=n,addr.type=unix,addr.path=st.sock,server=on' },
  { line: '-netdev stream,id=n,addr.type=unix,addr.path=listening.sock' },
  {
    line: '-netdev stream,id=n,addr.type=unix,addr.path=name,addr.abstract=on,server=on',
  },
  {
    line: '-netdev dgram,id=n,local.type=unix,local.path=l.sock,remote.type=unix,remote.path=r.sock',
    unopened: ['/r.sock'],
  },
  {
    line: '-netdev {"type":"stream","id":"n","server":true,"addr":{"type":"unix","path":"st.sock"}}',
  },
  { line: `-netdev tap,id=n,ifname=vp0,${noScripts}`, ...here },
  { line: `-nic tap,ifname=vp0,${noScripts},model=e1000`, ...here },
  { line: `-netdev tap,id=n,ifname=vp0,${noScripts},vhost=on`, ...here },
  { line: '-device vhost-vsock-pci,guest-cid=3333' },
  { line: '-device vhost-scsi-pci,wwpn=naa.5001405a5a5a5a5a' },
  { line: '-virtfs local,path=dir,mount_tag=x,security_model=none', unopened: ['/dir'] },
  { line: '-virtfs local,path=dir,mount_tag=x,security_model=mapped-xattr,readonly' },
  { line: '-device qemu-xhci -device usb-mtp,rootdir=@/dir', unopened: ['/dir'] },
  { line: '-device loader,file=blob,force-raw=on,addr=0 -device loader,addr=1,data=1,data-len=1' },
  { line: '-device virtio-net-pci,romfile=blob' },
  { line: '-device {"driver":"virtio-rng-pci","romfile":"@/blob"}' },
  { line: '-device e1000,romfile=' },
  { line: '-device ipmi-bmc-sim,id=b,sdrfile=blob' },
  { line: '-device ipmi-bmc-sim,id=b,frudatafile=blob' },
  { line: '-device qemu-xhci -device usb-tablet,pcap=p.pcap,serial=/x' },
  { line: '-device uefi-vars-x64,jsonfile=u.json', versions: { from: 10 } },
  { line: '-audio wav,path=y.wav,model=hda' },
  { line: '-audiodev {"driver":"wav","id":"a"} -device AC97,audiodev=a' },
  { line: '-audiodev none,id=a -device intel-hda -device hda-duplex,audiodev=a' },
  { line: '-object rng-random,id=r,filename=blob -device virtio-rng-pci,rng=r' },
  {
    line: '-object memory-backend-ram,id=m,share=on,size=1M -device ivshmem-plain,memdev=m -device pvpanic',
  },
  { line: '-usb -usbdevice tablet -device pci-testdev -device edu' },
];

function makeFiles(directory: string): void {
  const pipes = ['pair.in', 'pair.out', 'single', 'half', 'half.out'];
  assert.equal(runTool('mkfifo', pipes, { cwd: directory }).status, 0);
  mkdirSync(`${directory}/dir`);
  writeFileSync(`${directory}/blob`, Buffer.alloc(4096));
  writeFileSync(`${directory}/u.json`, '');
  if (needs('openssl').skip === false) makeCertificates(`${directory}/tls`);
}

/** One certificate that has signed itself stands for all. */
function makeCertificates(directory: string): void {
  mkdirSync(directory);
  const files = ['-keyout', 'server-key.pem', '-out', 'server-cert.pem'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test', '-days', '2'];
  const { status, stderr } = runTool('openssl', ['req', '-x509', '-batch', ...key, ...files], {
    cwd: directory,
  });
  assert.equal(status, 0, stderr);
  cpSync(`${directory}/server-cert.pem`, `${directory}/ca-cert.pem`);
  cpSync(`${directory}/server-key.pem`, `${directory}/other-key.pem`);
}

testShapes(shapes, { makeFiles, short: [8, 3] });
