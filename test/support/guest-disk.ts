/**
 * A disk whose guest is a boot sector: it waits for the power button as ACPI has it on QEMU's PC (SeaBIOS puts the
 * ports of power management at 0x600) and then switches the machine off. When it waits it says `!` on the first serial
 * line.
 */
export function guestDisk(): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  Buffer.from(code).copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

const code = [
  [0xfb], // sti
  [0xba, 0x02, 0x06], // mov dx, 0x602: which events are noted
  [0xb8, 0x00, 0x01], // mov ax, 0x100: the power button
  [0xef], // out dx, ax
  [0xb0, 0x21], // mov al, '!'
  [0xba, 0xf8, 0x03], // mov dx, 0x3f8: the first serial line
  [0xee], // out dx, al
  [0xba, 0x00, 0x06], // mov dx, 0x600: which have been
  [0xf4], // hlt, until the next tick of the clock
  [0xed], // in ax, dx
  [0xf6, 0xc4, 0x01], // test ah, 1
  [0x74, 0xf9], // jz, back to hlt
  [0xba, 0x04, 0x06], // mov dx, 0x604: control
  [0xb8, 0x00, 0x20], // mov ax, 0x2000: sleep, type 0: off
  [0xef], // out dx, ax
  [0xf4], // hlt
].flat();
