import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bindInto, releaseRoot } from '../../support/release-root.ts';
import { projectRoot } from '../../support/scratch.ts';
import { needsUdev, runWithUdev } from '../../support/udev.ts';

/** Prints what one check found, and its hint, as notes that `runWithUdev` reads. */
const printer = `
const { checks } = JSON.parse(require('node:fs').readFileSync('/run/verified', 'utf8'));
const [name, wanted] = process.argv.slice(1);
const { status, summary, hint } = checks.find(({ id }) => id === wanted);
const note = (key, text) => console.log('show: ' + key + ' = ' + text.replaceAll(' = ', '='));
note(name, status + ': ' + summary);
if (hint !== '') note(name + ' hint', hint);
`;

const helpers = `
check() {
  name=$1 id=$2
  shift 2
  node /opt/program/dist/provision.mjs verify --json "$@" >/run/verified || true
  node -e "$PRINTER" "$name" "$id"
}
apply() { node /opt/program/dist/provision.mjs apply "$@" >/run/said 2>&1 || cat /run/said >&2; }
# Every guest of KVM on the machine is an event of the device, and the rules count again.
hold() { udevadm settle; udevadm control --stop-exec-queue; }
let_go() { udevadm control --start-exec-queue; trigger; }
world='--set kvm.access=world' group='--set kvm.access=group'
`;

const anyReason = /^fail: there is no \/dev\/kvm: /;

test('advice is that of the place', needsUdev('trixie'), async (context) => {
  const root = releaseRoot(context, 'trixie');
  // What would tell it that it is in a namespace: it takes itself for a machine.
  rmSync(join(root, 'usr/bin/systemd-detect-virt'));
  bindInto(root, '/opt/program', projectRoot);
  const notes = runWithUdev(
    root,
    `PRINTER='${printer.replaceAll("'", `'\\''`)}'\n${helpers}${script}`,
  );
  const { 'no node': noNode, 'no module': noModule, 'no module hint': load, ...others } = notes;
  assert.match(noNode ?? '', anyReason);
  assert.match(noModule ?? '', anyReason);
  assert.match(load ?? '', /modprobe|nested virtualisation/);
  assert.deepEqual(withoutNesting(others), expected);
});

// Where the machine's KVM lets guests have guests, an open node is worth a warning.
function withoutNesting(notes: Readonly<Record<string, string | undefined>>) {
  const { 'applied hint': _, applied = '', ...others } = notes;
  return {
    ...others,
    applied: applied.replace(/^warn: (.*) with nested virtualisation .*/, 'pass: $1'),
  };
}

const script = `
apply --only accounts,device $world
check applied device $world
check tried kvm-unprivileged $world

hold
echo 'KERNEL=="kvm", MODE="0600"' >/etc/udev/rules.d/99-stray.rules
udevadm control --reload
check 'stray rule to come' device $world
let_go
check 'stray rule' device $world
check 'tried under it' kvm-unprivileged $world
hold
rm /etc/udev/rules.d/99-stray.rules
udevadm control --reload

check 'bare metal' device $world
export GITHUB_ACTIONS=true
check runner device $world
unset GITHUB_ACTIONS
# As sudo does: the program has not got it, a process above it has.
env GITHUB_ACTIONS=true sh -c '"$@"; exit 0' sh env --unset GITHUB_ACTIONS \\
  node /opt/program/dist/provision.mjs verify --json $world >/run/verified
node -e "$PRINTER" 'runner behind sudo' device

printf '5.15.90.1-microsoft-standard-WSL2\\n' >/run/osrelease
mount --bind /run/osrelease /proc/sys/kernel/osrelease
check wsl device $world
umount /proc/sys/kernel/osrelease

touch /run/.containerenv
setfacl --remove-all /dev/kvm; chown root:4242 /dev/kvm; chmod 660 /dev/kvm
check 'gid mismatch' device $group
rm /dev/kvm
check 'container without the node' device $world
rm /run/.containerenv

mkdir /run/chroot
mount -t tmpfs tmpfs /run/chroot
for place in bin lib lib64 sbin usr etc opt proc dev run; do
  if [ -L "/$place" ]; then cp -P "/$place" /run/chroot/
  elif [ -d "/$place" ] && [ "$place" != run ]; then mkdir "/run/chroot/$place"; mount --rbind "/$place" "/run/chroot/$place"; fi
done
mkdir /run/chroot/run
chroot /run/chroot node /opt/program/dist/provision.mjs verify --json $world >/run/verified || true
node -e "$PRINTER" chroot device

check 'no node' device $world | head -n 1
mount -t tmpfs tmpfs /sys
check 'no module' device $world
mkdir -p /etc/modprobe.d
echo 'blacklist kvm' >/etc/modprobe.d/none.conf
check blacklisted device $world
`;

/** Whoever sits at the machine; with a list, the mode shows its mask. */
const seat = ' user:12345:rw-';
const wrong = `fail: /dev/kvm is 0660 root:kvm${seat}, the policy says 0666 root:kvm`;
const stray =
  '/etc/udev/rules.d/99-stray.rules:1: MODE="0600" counts for /dev/kvm; the policy says MODE="0666"';
const inJob = 'in the job, before anything uses it: sudo provision apply --only accounts,device';

const expected = {
  applied: `pass: /dev/kvm is 0666 root:kvm${seat}`,
  tried: 'pass: user nobody opens /dev/kvm and makes a guest',
  'stray rule to come': `warn: /dev/kvm is 0666 root:kvm${seat}, and will not stay so: ${stray}`,
  'stray rule to come hint':
    '`provision apply` writes the rule; a rule that sorts behind it must go or agree',
  'stray rule': wrong,
  'stray rule hint': `take that line out or make it agree, then: provision apply --only device (${stray})`,
  'tried under it': 'fail: user nobody cannot make a KVM guest: its owner and mode forbid it',
  'tried under it hint': `take that line out or make it agree, then: provision apply --only device (${stray})`,
  'bare metal': wrong,
  'bare metal hint': 'provision apply --only device',
  runner: wrong,
  'runner hint': inJob,
  'runner behind sudo': wrong,
  'runner behind sudo hint': inJob,
  wsl: wrong,
  'wsl hint':
    'command=provision apply --only device below [boot] in /etc/wsl.conf: without systemd each start makes the node anew',
  'gid mismatch': 'fail: /dev/kvm is 0660 root:4242, the policy says 0660 root:kvm',
  'gid mismatch hint':
    "the host's group has gid 4242: start it with podman run --group-add 4242, or groupmod --gid 4242 kvm in the container",
  'container without the node':
    'fail: there is no /dev/kvm: this is a container (podman) that was not given the node',
  'container without the node hint': 'start it with podman run --device /dev/kvm',
  chroot: 'fail: there is no /dev/kvm: this is a chroot whose /dev lacks it',
  'chroot hint':
    'bind the /dev of the host into it (mount --rbind /dev ROOT/dev), or run this on the host',
  blacklisted:
    'fail: there is no /dev/kvm: /etc/modprobe.d/none.conf:1 keeps the module kvm from being loaded',
  'blacklisted hint': 'take that out, then: modprobe kvm',
};
