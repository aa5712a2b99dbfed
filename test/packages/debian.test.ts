import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseGroup } from '../../src/formats/group.ts';
import { parsePasswd } from '../../src/formats/passwd.ts';
import { payloadOf, target, targets, writePayload } from '../support/provision.ts';
import { needsReleases, releaseRoot, runInRoot } from '../support/release-root.ts';
import { makeScratch, rounds } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const building = needs('dh');

/** Makes the Debian package as its maintainer would; returns its path. */
function buildPackage(context: TestContext, id: string, policy?: string): string {
  const source = writePayload(join(makeScratch(context), 'source'), payloadOf(id, policy));
  // The tools of another release are not here; nothing but the level of debhelper is asked for.
  const words = ['-b', '-d', '-us', '-uc'];
  const { status, stdout, stderr } = runTool('dpkg-buildpackage', words, { cwd: source });
  assert.equal(status, 0, stdout + stderr);
  const name = readdirSync(dirname(source)).find((file) => file.endsWith('.deb'));
  return join(dirname(source), name ?? '');
}

const built = targets.filter(({ rpmMacro }) => rpmMacro === null);
const kinds = rounds(0, 1) === 1 ? built : ['ubuntu-20.04', 'debian-13'].map(target);

for (const { id } of kinds) {
  test(`${id}: debhelper builds the files of the payload and no others`, building, (context) => {
    const file = buildPackage(context, id);
    const unpacked = makeScratch(context);
    assert.equal(runTool('dpkg-deb', ['-R', file, unpacked]).status, 0);
    const installed = payloadOf(id).files.filter(({ destination }) => destination !== null);
    for (const { destination, text } of installed) {
      const path = join(unpacked, destination ?? '');
      assert.equal(readFileSync(path, 'utf8'), text);
      assert.equal(statSync(path).mode & 0o7777, 0o644);
    }
    const listed = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\/(DEBIAN|doc)(\/|$)/.test(entry.parentPath))
      .map((entry) => join('/', entry.parentPath.slice(unpacked.length), entry.name));
    assert.deepEqual(listed.sort(), installed.map(({ destination }) => destination ?? '').sort());
    const postinst = readFileSync(join(unpacked, 'DEBIAN/postinst'), 'utf8');
    assert.match(postinst, /systemd-sysusers \$\{DPKG_ROOT:\+--root="\$DPKG_ROOT"\} virt/);
    assert.ok(postinst.indexOf('systemd-sysusers') < postinst.indexOf('udevadm'));
    assert.match(postinst, /deb-systemd-helper enable 'virt-privileges-recover\.service'/);
    const prerm = readFileSync(join(unpacked, 'DEBIAN/prerm'), 'utf8');
    assert.match(prerm, /systemctl stop 'qemu-vm@\*\.service'/);
    for (const script of ['postinst', 'prerm'])
      assert.equal(runTool('sh', ['-n', join(unpacked, 'DEBIAN', script)]).status, 0);
  });
}

function readAccounts(root: string) {
  const user = parsePasswd(readFileSync(join(root, 'etc/passwd'), 'utf8')).find(
    ({ name }) => name === 'libvirt-qemu',
  );
  const groups = parseGroup(readFileSync(join(root, 'etc/group'), 'utf8'));
  const own = groups.find(({ name }) => name === 'libvirt-qemu');
  const kvm = groups.find(({ name }) => name === 'kvm');
  return { user, own: own?.gid, members: kvm?.members };
}

const wanted = {
  user: {
    name: 'libvirt-qemu',
    uid: 64055,
    gid: 64055,
    comment: 'Libvirt Qemu',
    home: '/var/lib/libvirt',
    shell: '/usr/sbin/nologin',
  },
  own: 64055,
  members: ['libvirt-qemu'],
};

const installing = building.skip === false ? needsReleases('trixie') : building;

test('dpkg installs it in Debian 13, again, and takes it away', installing, (context) => {
  const root = releaseRoot(context, 'trixie');
  copyFileSync(buildPackage(context, 'debian-13'), join(root, 'own.deb'));
  const rule = join(root, 'usr/lib/udev/rules.d/60-virt-privileges-kvm.rules');
  for (const words of [
    ['-i', '/own.deb'],
    ['-i', '/own.deb'],
    ['--purge', 'virt-privileges-host'],
  ]) {
    const { status, stdout, stderr } = runInRoot(root, ['dpkg', ...words], { kvm: true });
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(readAccounts(root), wanted);
    assert.equal(existsSync(rule), words[0] === '-i');
  }
});

// This machine's systemd-sysusers makes them, which may be too old for the lines of Debian 13.
test('without a chroot the accounts are those of the root as well', installing, (context) => {
  const root = releaseRoot(context, 'trixie');
  const file = buildPackage(context, 'debian-12');
  const before = readFileSync('/etc/passwd', 'utf8');
  const words = [`--root=${root}`, '--force-script-chrootless', '-i', file];
  const { status, stdout, stderr } = runTool('dpkg', words);
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(readAccounts(root), wanted);
  assert.equal(readFileSync('/etc/passwd', 'utf8'), before);
});
