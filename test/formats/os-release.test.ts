import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOsRelease, targetId } from '../../src/formats/os-release.ts';

/** os-release as distributions write it, without the lines that only hold addresses. */
const releases: readonly (readonly [string, string, string | null])[] = [
  [
    'Fedora',
    `NAME="Fedora Linux"
VERSION="44 (Workstation Edition)"
ID=fedora
VERSION_ID=44
PLATFORM_ID="platform:f44"
PRETTY_NAME="Fedora Linux 44 (Workstation Edition)"
REDHAT_BUGZILLA_PRODUCT="Fedora"
REDHAT_BUGZILLA_PRODUCT_VERSION=44
VARIANT_ID=workstation`,
    'fedora-44',
  ],
  [
    'Fedora CoreOS',
    `NAME="Fedora Linux"
VERSION="43.20260101.3.0 (CoreOS)"
ID=fedora
VERSION_ID=43
PLATFORM_ID="platform:f43"
VARIANT_ID=coreos
OSTREE_VERSION='43.20260101.3.0'`,
    'fedora-43',
  ],
  [
    'Fedora Silverblue',
    'ID=fedora\nVERSION_ID=45\nVARIANT_ID=silverblue\nPLATFORM_ID="platform:f45"',
    'fedora-45',
  ],
  [
    'Fedora rawhide',
    `NAME="Fedora Linux"
VERSION="46 (Rawhide Prerelease)"
RELEASE_TYPE=development
ID=fedora
VERSION_ID=46
PLATFORM_ID="platform:f46"
REDHAT_BUGZILLA_PRODUCT="Fedora"
REDHAT_BUGZILLA_PRODUCT_VERSION=rawhide
REDHAT_SUPPORT_PRODUCT_VERSION=rawhide`,
    'rawhide',
  ],
  [
    'old Fedora',
    `NAME=Fedora
VERSION="17 (Beefy Miracle)"
ID=fedora
VERSION_ID=17`,
    'fedora-17',
  ],
  [
    'Nobara',
    'NAME="Nobara Linux"\nID=nobara\nID_LIKE="rhel centos fedora"\nVERSION_ID=43\nPLATFORM_ID="platform:f43"',
    'fedora-43',
  ],
  [
    'RHEL 10',
    'NAME="Red Hat Enterprise Linux"\nVERSION="10.1 (Coughlan)"\nID="rhel"\nID_LIKE="centos fedora"\nVERSION_ID="10.1"\nPLATFORM_ID="platform:el10"',
    'rhel-10',
  ],
  [
    'RHEL 7',
    'NAME="Red Hat Enterprise Linux Server"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="7.9"',
    'rhel-7',
  ],
  [
    'CentOS Stream',
    'NAME="CentOS Stream"\nVERSION="10 (Coughlan)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="10"\nPLATFORM_ID="platform:el10"',
    'centos-10',
  ],
  [
    'CentOS Linux 7',
    'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"',
    'centos-7',
  ],
  [
    'AlmaLinux',
    'NAME="AlmaLinux"\nVERSION="9.5 (Teal Serval)"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\nPLATFORM_ID="platform:el9"',
    'rhel-9',
  ],
  [
    'Rocky Linux',
    'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.10"\nPLATFORM_ID="platform:el8"',
    'rhel-8',
  ],
  [
    'Oracle Linux, which is like fedora only',
    'NAME="Oracle Linux Server"\nVERSION="9.4"\nID="ol"\nID_LIKE="fedora"\nVARIANT="Server"\nVERSION_ID="9.4"\nPLATFORM_ID="platform:el9"',
    'rhel-9',
  ],
  [
    'a rebuild of RHEL 7 without a platform',
    'ID="springdale"\nID_LIKE="rhel centos fedora"\nVERSION_ID="7.9"',
    'rhel-7',
  ],
  [
    'Amazon Linux 2, which is no RHEL 2',
    'NAME="Amazon Linux"\nVERSION="2"\nID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"',
    'amzn-2',
  ],
  [
    'Amazon Linux 2023',
    'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\nPLATFORM_ID="platform:al2023"',
    'amzn-2023',
  ],
  [
    'openSUSE Leap',
    'NAME="openSUSE Leap"\nVERSION="15.6"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\nPRETTY_NAME="openSUSE Leap 15.6"',
    'opensuse-leap-15',
  ],
  [
    'openSUSE Leap 16',
    'NAME="openSUSE Leap"\nVERSION="16.0"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="16.0"',
    'opensuse-leap-16',
  ],
  [
    'openSUSE Tumbleweed',
    'NAME="openSUSE Tumbleweed"\n# VERSION="20261101"\nID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20261101"',
    'opensuse-tumbleweed',
  ],
  [
    'openSUSE MicroOS',
    'NAME="openSUSE MicroOS"\nID="opensuse-microos"\nID_LIKE="suse opensuse opensuse-tumbleweed microos sl-micro"\nVERSION_ID="20261101"',
    'opensuse-tumbleweed',
  ],
  [
    'SLES, which is in no table',
    'NAME="SLES"\nVERSION="15-SP6"\nVERSION_ID="15.6"\nID="sles"\nID_LIKE="suse"',
    'sles-15.6',
  ],
  [
    'Debian',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian',
    'debian-12',
  ],
  [
    'Debian testing and unstable',
    'PRETTY_NAME="Debian GNU/Linux forky/sid"\nNAME="Debian GNU/Linux"\nVERSION_CODENAME=forky\nID=debian',
    'debian-sid',
  ],
  [
    'Debian unstable of two years ago',
    'PRETTY_NAME="Debian GNU/Linux trixie/sid"\nNAME="Debian GNU/Linux"\nVERSION_CODENAME=trixie\nID=debian',
    'debian-sid',
  ],
  [
    'LMDE',
    'NAME="LMDE"\nID=linuxmint\nID_LIKE=debian\nVERSION_ID="6"\nVERSION_CODENAME=faye\nDEBIAN_CODENAME=bookworm',
    'debian-12',
  ],
  [
    'Ubuntu',
    'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04.1 LTS (Noble Numbat)"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble',
    'ubuntu-24.04',
  ],
  [
    'Ubuntu 26.04',
    'PRETTY_NAME="Ubuntu 26.04 LTS"\nVERSION_ID="26.04"\nVERSION_CODENAME=resolute\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=resolute',
    'ubuntu-26.04',
  ],
  [
    'Linux Mint',
    'NAME="Linux Mint"\nVERSION="22.1 (Xia)"\nID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22.1"\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble',
    'ubuntu-24.04',
  ],
  [
    'Pop!_OS',
    'NAME="Pop!_OS"\nVERSION="22.04 LTS"\nID=pop\nID_LIKE="ubuntu debian"\nVERSION_ID="22.04"\nUBUNTU_CODENAME=jammy',
    'ubuntu-22.04',
  ],
  [
    'a derivative of an Ubuntu that nobody knows',
    'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21"\nUBUNTU_CODENAME=constructor',
    'linuxmint-21',
  ],
  ['Arch', 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling', 'arch'],
  ['only quotes', "ID='fedora'\nVERSION_ID='44'", 'fedora-44'],
  ['no ID', 'NAME="Fedora"\nVERSION_ID=44', null],
  ['nothing', '', null],
];

for (const [name, text, expected] of releases) {
  test(`target of ${name}`, () => {
    assert.equal(targetId(parseOsRelease(`${text}\n`)), expected);
  });
}

test('quotes, escapes, comments and stray lines', () => {
  const text = '# ID=no\n  A="a \\"b\\" \\$c"\nB=\'x\\y\'\nnot a line\nC=\nA2=1\nB=last\n';
  assert.deepEqual(parseOsRelease(text), { A: 'a "b" $c', B: 'last', C: '', A2: '1' });
});
