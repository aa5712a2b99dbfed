import { testUnderstood } from '../../support/qemu-args.ts';

testUnderstood([
  // What a machine boots
  [
    '-kernel k -initrd /i,j -append root=/dev/sda',
    '/vm/k kernel ro',
    '/i,j initrd ro optional',
    '/i initrd ro optional',
    '/vm/j initrd ro optional',
  ],
  ['-initrd i', '/vm/i initrd ro'],
  [
    '-initrd a,,b,/c,,,d',
    '/vm/a,,b,/c,,,d initrd ro optional',
    '/vm/a,b initrd ro optional',
    '/c, initrd ro optional',
    '/vm/d initrd ro optional',
  ],
  ['-dtb b.dtb,x -shim /s.efi', '/vm/b.dtb,x dtb ro', '/s.efi kernel ro'],
  [
    '-machine virt,dtb=/d,kernel=/k,initrd=/i,firmware=f,append=/x',
    '/k kernel ro',
    '/i initrd ro',
    '/d dtb ro',
    '/vm/f firmware ro optional',
  ],
  ['-machine virt,dumpdtb=d', '/vm/d config rw created'],
  ['-L fw -L help', '/vm/fw firmware ro optional'],
  [
    '-option-rom r.rom -option-rom romfile=/r,bootindex=1',
    '/vm/r.rom option-rom ro optional',
    '/r option-rom ro',
  ],
  [
    '-acpitable sig=ABCD,data=a:/b -acpitable file=c',
    '/vm/a acpi-table ro',
    '/b acpi-table ro',
    '/vm/c acpi-table ro',
  ],
  ['-smbios file=s,,t -smbios type=11,path=/p,value=/x', '/vm/s,t smbios ro', '/p smbios ro'],
  ['-fw_cfg name=opt/a/b,file=f -fw_cfg opt/a,file=/g', '/vm/f fw-cfg ro', '/g fw-cfg ro'],
  [
    '-boot menu=on,splash=s.jpg -boot splash=/t.jpg',
    '/vm/s.jpg firmware ro optional',
    '/t.jpg firmware ro',
  ],
  ['-icount shift=1,rr=replay,rrfile=r', '/vm/r state ro'],
  ['-icount rr=record,rrfile=/r,rrsnapshot=a', '/r state rw created'],
  ['-trace enable=a*,events=e,file=/t', '/vm/e config ro', '/t log rw created'],
  ['-plugin p.so,arg=1 -plugin file=/q.so', '/vm/p.so config ro', '/q.so config ro'],
]);
