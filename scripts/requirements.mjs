// What the project needs of the system beyond Node and npm, and the packages that bring it.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';

const emulators = { x64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' };

/** The system emulator for this machine's architecture. */
export const emulator = emulators[process.arch] ?? 'qemu-system-x86_64';

const isArm = process.arch === 'arm64';

// Fedora's names are those of its package index; the Debian ones are installed by every fresh run.
const requirements = [
  {
    program: emulator,
    debian: isArm ? 'qemu-system-arm' : 'qemu-system-x86',
    fedora: isArm ? 'qemu-system-aarch64-core' : 'qemu-system-x86-core',
  },
  // Other guests than this machine's own: their options, their firmware, their cells.
  {
    program: 'qemu-system-aarch64',
    debian: 'qemu-system-arm',
    fedora: 'qemu-system-aarch64-core',
  },
  { program: 'qemu-system-ppc64', debian: 'qemu-system-ppc', fedora: 'qemu-system-ppc-core' },
  { program: 'qemu-system-s390x', debian: 'qemu-system-misc', fedora: 'qemu-system-s390x-core' },
  { program: 'qemu-system-riscv64', debian: 'qemu-system-misc', fedora: 'qemu-system-riscv-core' },
  {
    file: ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_CODE.fd'],
    debian: 'ovmf',
    fedora: 'edk2-ovmf',
  },
  { program: 'qemu-img', debian: 'qemu-utils', fedora: 'qemu-img' },
  { program: 'rpmbuild', debian: 'rpm', fedora: 'rpm-build' },
  { program: 'rpmlint', debian: 'rpmlint', fedora: 'rpmlint' },
  // rpmlint's own look at scriptlets.
  { program: 'checkbashisms', debian: 'devscripts', fedora: 'devscripts-checkbashisms' },
  // Where systemd itself is installed the program is there already.
  {
    program: 'systemd-sysusers',
    debian: 'systemd-standalone-sysusers',
    fedora: 'systemd-standalone-sysusers',
  },
  { program: 'useradd', debian: 'passwd', fedora: 'shadow-utils' },
  { program: 'cc', debian: 'gcc libc6-dev', fedora: 'gcc' },
  { program: 'make', debian: 'make', fedora: 'make' },
  { program: 'pkg-config', debian: 'pkg-config', fedora: 'pkgconf-pkg-config' },
  { library: 'libcap-ng', debian: 'libcap-ng-dev', fedora: 'libcap-ng-devel' },
  // What an audit is measured beside.
  { program: 'pscap', debian: 'libcap-ng-utils', fedora: 'libcap-ng-utils' },
  { program: 'unshare', debian: 'util-linux', fedora: 'util-linux' },
  { program: 'setpriv', debian: 'util-linux', fedora: 'util-linux' },
  { program: 'mount', debian: 'mount', fedora: 'util-linux' },
  { program: 'setfacl', debian: 'acl', fedora: 'acl' },
  // What makes the roots that real tools are tried out in, and the keys it trusts.
  {
    program: 'debootstrap',
    debian: 'debootstrap debian-archive-keyring',
    fedora: 'debootstrap debian-keyring',
  },
  // What boots such a root.
  { program: 'systemd-nspawn', debian: 'systemd-container', fedora: 'systemd-container' },
  // File systems that owners are changed on and given back.
  { program: 'mkfs.ext4', debian: 'e2fsprogs', fedora: 'e2fsprogs' },
  { program: 'mkfs.xfs', debian: 'xfsprogs', fedora: 'xfsprogs' },
  { program: 'mkfs.btrfs', debian: 'btrfs-progs', fedora: 'btrfs-progs' },
  { program: 'setfattr', debian: 'attr', fedora: 'attr' },
  // Networks that interfaces are made in, and a packet through them.
  { program: 'ip', debian: 'iproute2', fedora: 'iproute' },
  { program: 'ping', debian: 'iputils-ping', fedora: 'iputils' },
  { program: 'strace', debian: 'strace', fedora: 'strace' },
  { program: 'groff', debian: 'groff-base', fedora: 'groff-base' },
  { program: 'dh', debian: 'debhelper', fedora: 'debhelper' },
  { program: 'readelf', debian: 'binutils', fedora: 'binutils' },
  { program: 'patch', debian: 'patch', fedora: 'patch' },
];

const searched = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The path of a program in the system's own directories, or null. */
export function findProgram(name) {
  return searched.map((directory) => `${directory}/${name}`).find(isExecutable) ?? null;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isPresent({ program, library, file }) {
  if (file !== undefined) return file.some((path) => existsSync(path));
  if (program !== undefined) return findProgram(program) !== null;
  try {
    execFileSync('pkg-config', ['--exists', library], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The commands that install what is missing here; empty when nothing is. */
export function missingPackages() {
  const missing = requirements.filter((requirement) => !isPresent(requirement));
  const family = readFamily();
  return [...new Set(missing.flatMap((requirement) => requirement[family].split(' ')))];
}

/** The shell commands that install these packages on this system, in order. */
export function installCommands(packages) {
  if (readFamily() === 'fedora') return [['dnf', 'install', '-y', ...packages]];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  return [['apt-get', 'update'], install];
}

function readFamily() {
  const text = readFileSync('/etc/os-release', 'utf8');
  const words = [...text.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value]) =>
    value.split(' '),
  );
  return words.some((word) => ['fedora', 'rhel', 'centos'].includes(word)) ? 'fedora' : 'debian';
}
