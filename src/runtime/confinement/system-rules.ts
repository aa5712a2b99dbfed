import { dirname } from 'node:path';
import type { ProgramFacts } from '../../formats/program.ts';
import type { FoundFile } from '../files.ts';
import type { Need } from '../qemu-args/needs.ts';
import { type FileRule, optionalRules, ruleOf } from './file-rule.ts';
import { readRights, right, writeRights } from './landlock-rights.ts';

/** The emulator as it was found. */
export interface Emulator {
  readonly path: string;
  readonly found: FoundFile | null;
  readonly program: ProgramFacts;
}

const programs = right.execute | right.readFile;

/** Firmware, keymaps and libraries of every distro: what packages install for everybody to read. */
const trees = `/lib /lib64 /usr/lib /usr/lib64 /usr/share /usr/local/lib /usr/local/lib64 /usr/local/share
  /etc/qemu /etc/gnutls /etc/crypto-policies /etc/ssl/certs /etc/pki/ca-trust /run/systemd/resolve /run/qemu
  /proc/self /sys/devices/system /sys/kernel/mm /sys/module /sys/bus/nd /var/lib/sss/mc`;
const files = `/etc/ld.so.cache /etc/ld.so.preload /etc/passwd /etc/group /etc/nsswitch.conf /etc/resolv.conf
  /etc/hosts /etc/host.conf /etc/gai.conf /etc/services /etc/localtime /etc/machine-id /etc/ssl/openssl.cnf
  /etc/pki/tls/openssl.cnf /proc/filesystems /proc/cpuinfo /proc/meminfo /proc/stat /dev/urandom /dev/random`;
const writable = '/dev/null /dev/zero /dev/full';
/** Where the loaders of the usual systems are. */
const loaders = `/lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 /lib/ld-linux-riscv64-lp64d.so.1 /lib64/ld64.so.2
  /lib/ld64.so.1 /lib/ld-musl-x86_64.so.1 /lib/ld-musl-aarch64.so.1`;
/** What displays and sound read, in the system and in a home. */
const desktop = `/etc/fonts /etc/gtk-3.0 /etc/xdg /etc/glvnd /etc/drirc /etc/vulkan /etc/alsa /etc/asound.conf /etc/pulse
  /etc/pipewire /var/cache/fontconfig /sys/devices /sys/dev /sys/class`;
const home = `.Xauthority .XCompose .config/gtk-3.0 .config/pulse .config/fontconfig .config/dconf .fonts
  .local/share/fonts .icons .local/share/icons .themes .asoundrc`;
/** For what nobody can foresee: a script, a helper. */
const allPrograms =
  '/bin /sbin /usr/bin /usr/sbin /usr/libexec /usr/lib /lib /usr/local/bin /etc/alternatives';

/** The emulator itself and what it needs of the system, whatever the guest. Execute: only it and its loader. */
export function planSystemRules(emulator: Emulator): readonly FileRule[] {
  const { path, found, program } = emulator;
  // Of one that cannot be read nobody knows it.
  const loader =
    program.kind === 'other' ? words(loaders) : [program.interpreter ?? ''].filter(Boolean);
  return [
    ...(found === null ? [] : [ruleOf(path, found, programs)]),
    ...optionalRules(loader, programs),
    ...optionalRules(treesOf(emulator), readRights),
    ...optionalRules(words(trees), readRights),
    ...optionalRules(words(files), right.readFile),
    ...optionalRules(words(writable), right.readFile | writeRights),
  ];
}

/** Beside an emulator that is not of the system: its own libraries and firmware, and where a build tree has them. */
function treesOf({ path, program }: Emulator): readonly string[] {
  const place = dirname(path);
  const prefix = /^(.*)\/(?:s?bin|libexec)$/.exec(place)?.[1];
  const store = /^\/(?:nix|gnu)\/store\//.exec(path)?.[0];
  const libraries =
    program.kind === 'elf' && program.interpreter !== null ? dirname(program.interpreter) : '/lib';
  return [
    ...(store === undefined ? [] : [store]),
    ...(prefix === undefined ? ['qemu-bundle', 'pc-bios'].map((name) => `${place}/${name}`) : []),
    ...(prefix === undefined || /^(?:|\/usr|\/usr\/local)$/.test(prefix)
      ? []
      : ['lib', 'lib64', 'share'].map((name) => `${prefix}/${name}`)),
    ...(/^(?:\/usr)?\/lib(?:64)?$/.test(libraries) ? [] : [libraries]),
  ];
}

/** What a window or sound needs beside its own devices. */
export function planDesktopRules(
  homeDirectory: string | null,
  authority: string | null,
): readonly FileRule[] {
  const own = homeDirectory === null ? [] : words(home).map((name) => `${homeDirectory}/${name}`);
  const all = [...words(desktop), ...own, ...(authority === null ? [] : [authority])];
  return optionalRules(
    all.filter((path) => path.startsWith('/')),
    right.readFile,
  ).map(withDirectory);
}

/** Settings and keys that the clients of remote disks seek by themselves. */
export function planRemoteRules(
  needs: ReadonlySet<Need>,
  environment: readonly string[],
): readonly FileRule[] {
  const home = environment.find((variable) => variable.startsWith('HOME='))?.slice(5);
  return optionalRules(
    [
      ...(needs.has('ceph') ? ['/etc/ceph'] : []),
      ...(needs.has('ssh')
        ? ['/etc/ssh/ssh_known_hosts', ...(home === undefined ? [] : [`${home}/.ssh`])]
        : []),
    ],
    readRights,
  );
}

/** Every program of the system. */
export function planProgramRules(): readonly FileRule[] {
  return [
    ...optionalRules(words(allPrograms), programs | right.readDirectory),
    ...optionalRules(['/proc'], readRights),
  ];
}

// The same list holds files and directories; qemu-exec leaves out what a file cannot have.
function withDirectory(rule: FileRule): FileRule {
  return { ...rule, rights: rule.rights | right.readDirectory };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
