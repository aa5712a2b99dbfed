import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hasKvm } from './kvm.ts';
import { needsReleases, type Release, runInRoot } from './release-root.ts';

/** For a test's options: skipped, with the reason, where no udevd can be tried out. */
export function needsUdev(...releases: readonly Release[]): { readonly skip: false | string } {
  // An event that a test sends reaches every udevd of the machine.
  if (readdirSync('/proc').some(isUdevd)) {
    return { skip: 'a udevd runs on this machine, and would act on the events of the test' };
  }
  if (!hasKvm) return { skip: 'this machine has no KVM, so no event' };
  return needsReleases(...releases);
}

// The udevd of another test has a process tree of its own, and that test is waited for.
function isUdevd(pid: string): boolean {
  try {
    const isNamedSo = readFileSync(`/proc/${pid}/comm`, 'utf8') === 'systemd-udevd\n';
    return isNamedSo && treeOf(pid) === treeOf('self');
  } catch {
    // No process, or one that has just ended.
    return false;
  }
}

function treeOf(pid: string): string {
  return readlinkSync(`/proc/${pid}/ns/pid`);
}

/**
 * Runs shell commands of a root beside a systemd-udevd of that root, which is ended with them. Both
 * have a /dev and a kvm node of their own, and user 12345 sits at the machine. `show NAME` notes who
 * may use the node at that moment; `trigger` is what the kernel says when the device comes.
 */
export function runWithUdev(root: string, script: string): Readonly<Record<string, string>> {
  const words = ['sh', '-eu', '-c', `${prologue}${script}`];
  const { status, stdout, stderr } = runInRoot(root, words, { kvm: true, sysfs: true });
  assert.equal(status, 0, stderr);
  const notes = stdout.split('\n').filter((line) => line.startsWith('show: '));
  return Object.fromEntries(notes.map((line) => line.slice(6).split(' = ')));
}

const prologue = `
show() { echo "show: $1 = $(stat -c '%a %U:%G' /dev/kvm)$(getfacl -cps /dev/kvm | sed -n 's/^user:[^:].*/ &/p')"; }
trigger() {
  udevadm trigger --subsystem-match=misc --sysname-match=kvm --action=add
  udevadm settle --timeout=20
}
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/seats
printf 'ACTIVE=1\\nACTIVE_UID=12345\\n' >/run/systemd/seats/seat0
udevd=/usr/lib/systemd/systemd-udevd
[ -x "$udevd" ] || udevd=/lib/systemd/systemd-udevd
"$udevd" --daemon
# It may go to the background before it can be spoken to.
tries=0
until udevadm control --ping 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || { echo "udevd does not answer" >&2; exit 1; }
  sleep 0.05
done
`;
