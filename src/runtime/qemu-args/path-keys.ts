import type { KeyValue } from '../../formats/key-value.ts';
import type { ResourceKind } from './host-path.ts';
import { lazy } from './lazy.ts';
import { hasWord } from './word-list.ts';

/** Keys that QEMU documents as file names, in whatever option. */
const pathKeys = lazy(
  () =>
    new Set(
      (
        'file filename path mem-path dir rootdir romfile script downscript logfile hostdevice evdev sysfsdev' +
        ' rendernode x509-dir x509-key-file x509-cert-file x509-cacert-file x509-dh-key-file dh-cert-file' +
        ' session-file cancel-path input-path vhostdev helper sock socket smb tftp pr-manager-helper' +
        ' sdrfile frudatafile cdat jsonfile hidraw host-path pcap map-path'
      ).split(' '),
    ),
);

/** What a first word without a key stands for, where that matters. */
const impliedKeys = new Map([
  ['object', 'qom-type'],
  ['option-rom', 'romfile'],
  ['plugin', 'file'],
  ['fw_cfg', 'name'],
  ['trace', 'enable'],
  ['acpitable', 'data'],
  ['device', 'driver'],
  ['netdev', 'type'],
  ['nic', 'type'],
  ['net', 'type'],
  ['tpmdev', 'type'],
  ['display', 'type'],
  ['audiodev', 'driver'],
  ['audio', 'driver'],
  ['fsdev', 'fsdriver'],
  ['virtfs', 'fsdriver'],
  ['vnc', 'vnc'],
  ['chardev', 'backend'],
  ['accel', 'accel'],
  ['machine', 'type'],
]);

interface FalseFriends {
  readonly options: string;
  /** Null: the whole argument. */
  readonly keys: string | null;
  readonly except?: string;
  readonly unless?: RegExp;
  readonly reason: string;
}

/** Texts that may hold a slash and name no file of the host. */
const falseFriends = lazy((): readonly FalseFriends[] => [
  { options: ' append ', keys: null, reason: "the guest kernel's command line" },
  { options: ' name uuid loadvm ', keys: null, reason: 'names of the guest and of a state' },
  { options: ' cpu m smp numa rtc echr msg ', keys: null, reason: 'numbers and models' },
  { options: ' prom-env ', keys: null, reason: "the guest firmware's variables" },
  { options: ' iscsi ', keys: null, reason: 'names and passwords of a server' },
  {
    options: ' smbios ',
    keys: null,
    except: ' file path ',
    reason: 'texts that the guest reads',
  },
  {
    options: ' boot ',
    keys: null,
    except: ' splash ',
    reason: 'drive letters and times',
  },
  {
    options: ' fw_cfg ',
    keys: ' name string ',
    reason: 'a name such as opt/org.x/y, its text',
  },
  {
    options: ' netdev nic net ',
    keys:
      ' net host dhcpstart dns ipv6-net ipv6-host ipv6-dns hostfwd bootfile hostname domainname' +
      ' dnssearch tftp-server-name id ifname br ',
    unless: /^unix:/,
    reason: 'addresses and names inside the guest network',
  },
  {
    options: ' netdev nic net ',
    keys: ' guestfwd ',
    unless: /-(?:(?:unix|file|pipe|pty|serial):|\/dev\/)/,
    reason: 'an address and a command line',
  },
  {
    options: ' object ',
    keys: ' data id identity iv match ',
    reason: 'keys, names, patterns of names',
  },
  {
    options: ' device ',
    keys: ' id serial addr wwn vendor product ver model mount_tag tag name drive driveA driveB chardev netdev ',
    reason: 'names of other parts, texts that the guest reads',
  },
  { options: ' fsdev virtfs ', keys: ' id mount_tag ', reason: 'names' },
  { options: ' drive blockdev ', keys: ' id node-name serial group ', reason: 'names' },
  { options: ' chardev ', keys: ' id name ', reason: 'names' },
  { options: ' spice vnc ', keys: ' password tls-ciphers ', reason: 'secrets, names' },
  {
    options: ' semihosting-config ',
    keys: ' arg ',
    reason: "the guest program's arguments",
  },
  { options: ' trace ', keys: ' enable ', reason: 'a pattern of event names' },
]);

/** Is the option's whole argument one file name, with commas as they stand, where no reader of its own has understood it? */
export function isPathOption(option: string): boolean {
  return option === 'D' || option === 'readconfig';
}

export function impliedKeyOf(option: string): string {
  return impliedKeys.get(option) ?? '';
}

/** Fail closed: any slash, and any value of a key or option that takes a file name, unless it is known to be something else. */
export function looksLikePath(option: string, { key, value }: KeyValue): boolean {
  if (value === '') return false;
  const isPlain = !value.includes('/') && !(value.includes(':') && isAddress(value));
  return (!isPlain || namesFile(option, key, value)) && !isFalseFriend(option, key, value);
}

/** What QEMU makes where this part of the option names a file; null: it opens what is there. */
export function kindOfCreated(option: string, { key }: KeyValue): ResourceKind | null {
  return option === 'D' || lastName(key) === 'logfile' ? 'log' : null;
}

/** Is it the address of a socket or a file? */
export function isAddress(text: string): boolean {
  return text.startsWith('unix:') || text.startsWith('file:');
}

/** The path of such an address; what is none as it stands. */
export function pathOfAddress(text: string): string {
  return isAddress(text) ? text.slice('unix:'.length) : text;
}

function namesFile(option: string, key: string, value: string): boolean {
  const name = lastName(key);
  // `script=no`: none.
  if (pathKeys().has(name)) return !(name.endsWith('script') && value === 'no');
  return key === '' ? isPathOption(option) : option === 'chardev' && characterKeys.includes(name);
}

// As JSON has them.
const characterKeys = ['in', 'out', 'device'];

function isFalseFriend(option: string, key: string, value: string): boolean {
  const name = lastName(key);
  return falseFriends().some(
    ({ options, keys, except = '', unless }) =>
      hasWord(options, option) &&
      (keys === null || hasWord(keys, name)) &&
      !hasWord(except, name) &&
      !unless?.test(value),
  );
}

function lastName(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
