import { hasWord } from './word-list.ts';

/**
 * QEMU's options without an argument, from qemu-options.hx of QEMU 6.2 to 10.x, all architectures.
 * Every other known option swallows the next word, whatever it looks like.
 */
const withoutArgument =
  ' h help version mem-prealloc audio-help snapshot usb nographic portrait full-screen win2k-hack' +
  ' no-fd-bootchk no-acpi no-hpet singlestep preconfig S s enable-kvm no-kvm enable-hax xen-attach' +
  ' xen-create xen-domid-restrict no-reboot no-shutdown daemonize only-migratable nodefaults' +
  ' no-user-config nodefconfig semihosting old-param async-teardown enable-sync-profile enable-fips' +
  ' perfmap jitdump sdl curses no-frame no-quit alt-grab ctrl-grab show-cursor ';

const withArgument =
  ' machine M cpu accel smp numa add-fd set global boot m mem-path k audio audiodev soundhw device' +
  ' name uuid fda fdb hda hdb hdc hdd cdrom blockdev drive mtdblock sd fsdev virtfs iscsi usbdevice' +
  ' display spice rotate vga g vnc acpitable smbios netdev nic net chardev tpmdev bios pflash' +
  ' kernel shim append initrd dtb compat fw_cfg serial parallel monitor qmp qmp-pretty mon debugcon' +
  ' pidfile overcommit gdb d D dfilter seed L xen-domid action loadvm option-rom rtc icount' +
  ' watchdog watchdog-action echr incoming chroot runas run-with sandbox readconfig writeconfig' +
  ' trace plugin msg dump-vmstate object prom-env semihosting-config qtest qtest-log balloon' +
  ' tb-size realtime ';

/** Does the option, named without dashes, swallow the next word? Null: QEMU has no option that we know of this name. */
export function takesArgument(option: string): boolean | null {
  if (hasWord(withArgument, option)) return true;
  return hasWord(withoutArgument, option) ? false : null;
}

/** Options that QEMU knows under two names, and the one that the other files use. */
const aliases = new Map([
  ['M', 'machine'],
  ['help', 'h'],
]);

export function canonicalName(option: string): string {
  return aliases.get(option) ?? option;
}

/** Every known name, for the tests that compare with a real QEMU. */
export function knownOptions(): readonly string[] {
  return `${withoutArgument}${withArgument}`.split(' ').filter((option) => option !== '');
}
