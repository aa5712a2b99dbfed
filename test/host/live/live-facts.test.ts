import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { projectRoot } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const options = needsReleases('trixie');
const PROVISION = 'node /opt/program/dist/provision.mjs';

function makeHost(context: TestContext): string {
  const root = releaseRoot(context, 'trixie');
  rmSync(join(root, 'usr/bin/systemd-detect-virt'));
  bindInto(root, '/opt/program', projectRoot);
  return root;
}

function runHost(root: string, script: string) {
  const result = runInRoot(root, ['sh', '-euc', script], { kvm: true });
  assert.equal(result.status, 0, result.stderr + result.stdout);
  return result;
}

/** The facts of `status -v --json` at the end of a script. */
function factsAfter(root: string, script: string) {
  const { stdout } = runHost(root, `${script}\n${PROVISION} status -v --json || true`);
  return JSON.parse(stdout).facts;
}

test('what a plain host is like', options, (context) => {
  const { rules, tmpfiles, accounts, ...facts } = factsAfter(makeHost(context), '');
  assert.deepEqual(facts, {
    release: 'debian-13',
    readOnlyUsr: false,
    accountTool: 'systemd-sysusers',
    qemuConf: { path: '/etc/libvirt/qemu.conf', state: 'absent', settings: null },
    live: {
      systemd: false,
      container: null,
      chroot: false,
      wsl: false,
      selinux: 'off',
      apparmor: false,
      udevd: 'absent',
      kvm: facts.live.kvm,
      device: { type: 'character', uid: 0, gid: 0, group: 'root', mode: '0600', acl: [] },
      libvirt: [],
    },
  });
  assert.deepEqual(accounts.slice(1), [
    { kind: 'group', name: 'libvirt-qemu', id: null, place: null },
    { kind: 'user', name: 'libvirt-qemu', id: null, place: null },
  ]);
  const own = { file: '/usr/lib/udev/rules.d/50-udev-default.rules', certain: true, wins: true };
  const [group, mode] = rules;
  assert.deepEqual(group, { ...own, line: group.line, property: 'group', value: 'kvm' });
  assert.deepEqual(mode, { ...own, line: mode.line, property: 'mode', value: '0660' });
  assert.deepEqual(tmpfiles, [
    {
      file: '/usr/lib/tmpfiles.d/static-nodes-permissions.conf',
      line: tmpfiles[0].line,
      mode: '0660',
      group: 'kvm',
      wins: true,
    },
  ]);
});

for (const [name, script, container] of [
  ['podman', 'touch /run/.containerenv', 'podman'],
  ['docker', 'touch /.dockerenv', 'docker'],
  ['what systemd was told', 'mkdir -p /run/systemd; echo lxc >/run/systemd/container', 'lxc'],
  ['a manager without a name', 'mkdir -p /run/host; : >/run/host/container-manager', 'unknown'],
] as const) {
  test(`a container: ${name}`, options, (context) => {
    assert.equal(factsAfter(makeHost(context), script).live.container, container);
  });
}

test('systemd takes orders, and /usr is read-only', options, (context) => {
  const script = `
    mkdir -p /run/systemd/system; mount --bind /usr /usr; mount -o remount,bind,ro /usr`;
  const { live, readOnlyUsr } = factsAfter(makeHost(context), script);
  assert.deepEqual([live.systemd, readOnlyUsr], [true, true]);
});

test('a chroot of a running system is told from the system itself', options, (context) => {
  const root = makeHost(context);
  const enter = `
    mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/dev"
    mknod -m 666 "$1/dev/null" c 1 3; mknod -m 666 "$1/dev/urandom" c 1 9
    mknod -m 600 "$1/dev/kvm" c 10 232
    chroot "$1" ${PROVISION} apply --only device --force-device; stat -c %a "$1/dev/kvm"
    mount -t tmpfs tmpfs "$1/mnt"; mkdir "$1/mnt/1"
    mount --bind "$1/mnt/1" "$1/proc/1"
    chroot "$1" ${PROVISION} apply --only device; stat -c %a "$1/dev/kvm"`;
  const words = ['--mount', '--pid', '--fork', 'sh', '-euc', enter, 'sh', root];
  const { status, stdout, stderr } = runTool('unshare', words);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /warning: \/dev\/kvm is left alone: this is a chroot, and the node is/);
  assert.match(stderr, /warning: \/dev\/kvm is left alone: \/proc does not show whether this is/);
  assert.ok(stdout.endsWith('2 to create, 0 to update\n600\nno changes\n600\n'), stdout);
});

// A daemon is known by its name, its user and its root.
const daemons = `
  cp /usr/bin/sleep /usr/sbin/libvirtd; cp /usr/bin/sleep /usr/sbin/virtqemud
  mkdir -p /etc/libvirt; echo '# none' >/etc/libvirt/qemu.conf
  libvirtd 60 & own=$!
  setpriv --reuid=1000 --clear-groups virtqemud 60 & session=$!
  mount -t tmpfs tmpfs /mnt; for name in usr lib lib64; do [ -e /$name ] || continue
    mkdir /mnt/$name; mount --bind /$name /mnt/$name; done
  chroot /mnt /usr/sbin/virtqemud 60 & other=$!
  sleep 0.3
`;

test("the system's own daemons, and whether they have read qemu.conf", options, (context) => {
  const root = makeHost(context);
  const { libvirt } = factsAfter(root, daemons).live;
  assert.deepEqual(
    libvirt.map(({ name, unit, stale }: Record<string, unknown>) => [name, unit, stale]),
    [['libvirtd', null, false]],
  );
});

test('a daemon that no service is in charge of is not started again', options, (context) => {
  const script = `${daemons}
    touch -d '1 hour' /etc/libvirt/qemu.conf
    ${PROVISION} apply --only service
    ${PROVISION} apply --only service --restart
    kill -0 $own`;
  const { stdout, stderr } = runHost(makeHost(context), script);
  assert.equal(stdout, 'no changes\nno changes\n');
  const need =
    'libvirt reads qemu\\.conf only when it starts: libvirtd \\(process \\d+\\) must start again';
  assert.match(stderr, new RegExp(`^provision: info: ${need}$`, 'm'));
  assert.match(
    stderr,
    new RegExp(`^provision: warning: ${need}, and no systemd service is in charge of it$`, 'm'),
  );
});

test('for people: two columns, and what counts', options, (context) => {
  const { stdout } = runHost(makeHost(context), `${PROVISION} status -v || true`);
  const [head = ''] = stdout.split('\n\n');
  const lines = head.split('\n').map((line) => line.replace(/\d+\)/, 'N)'));
  assert.deepEqual(lines.slice(0, 8), [
    'release             debian-13',
    'system              running without systemd, no container, no chroot, SELinux off, AppArmor off',
    'accounts by         systemd-sysusers',
    lines[3],
    'group libvirt-qemu  missing',
    'user libvirt-qemu   missing',
    'udev rules          group kvm (/usr/lib/udev/rules.d/50-udev-default.rules:N), which counts',
    '                    mode 0660 (/usr/lib/udev/rules.d/50-udev-default.rules:N), which counts',
  ]);
  assert.ok(lines.includes('/dev/kvm            0:root 0600'), head);
  assert.equal(lines.at(-1), 'libvirt             no daemon runs');
});
