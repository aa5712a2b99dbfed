import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeBelow } from '../../support/host.ts';
import { bindInto, type Release, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { projectRoot, rounds } from '../../support/scratch.ts';
import { needsUdev, runWithUdev } from '../../support/udev.ts';

const releases = rounds(0, 1) === 1 ? (['trixie', 'sid'] as const) : (['trixie'] as const);
const options = needsUdev(...releases);
/** Whoever sits at the machine. */
const seat = ' user:12345:rw-';

/**
 * A Debian with the program in it, which takes itself for a host: what would tell it that it is in a
 * namespace is not installed.
 */
function makeHost(context: TestContext, release: Release = 'trixie'): string {
  const root = releaseRoot(context, release);
  rmSync(join(root, 'usr/bin/systemd-detect-virt'));
  bindInto(root, '/opt/program', projectRoot);
  return root;
}

// What the program says goes to a file, which `said NAME PATTERN` looks into.
const helpers = `
apply() {
  access=$1; shift
  node /opt/program/dist/provision.mjs apply --set kvm.access="$access" "$@" >/run/said 2>&1 || cat /run/said >&2
}
said() { echo "show: $1 = $(grep -c "$2" /run/said || true)"; }
`;

function notesOf(root: string, script: string) {
  return runWithUdev(root, `${helpers}${script}`);
}

for (const release of releases)
  test(`${release}: udevd gives the node what each policy says`, options, (context) => {
    const script = `
    chown root:root /dev/kvm; chmod 0600 /dev/kvm
    apply world --only device; show world; said direct 'changed directly'
    apply group --only device; show group
    apply uaccess --only device; show uaccess
    trigger; show 'uaccess later'
    apply group --only device; show 'group again'
    trigger; show 'group later'
    systemd-tmpfiles --create; show 'after tmpfiles'
  `;
    assert.deepEqual(notesOf(makeHost(context, release), script), {
      world: `666 root:kvm${seat}`,
      direct: '0',
      group: '660 root:kvm',
      uaccess: `660 root:kvm${seat}`,
      'uaccess later': `660 root:kvm${seat}`,
      'group again': '660 root:kvm',
      'group later': '660 root:kvm',
      'after tmpfiles': '660 root:kvm',
    });
  });

for (const release of releases)
  test(`${release}: a stray rule wins at the event, and is named`, options, (context) => {
    const root = makeHost(context, release);
    const rule = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n';
    writeBelow(root, 'etc/udev/rules.d/99-kvm4all.rules', `# for the CI\n${rule}`);
    const place = '/etc/udev/rules.d/99-kvm4all.rules:2: MODE="0666" counts for /dev/kvm';
    const script = `
    trigger; show before
    apply group --only device; show afterwards
    said named 'warning: ${place}; the policy says MODE="0660"$'
    said corrected 'warning: udev did not make /dev/kvm 0:kvm 0660, so that it was changed directly$'
  `;
    assert.deepEqual(notesOf(root, script), {
      before: `666 root:kvm${seat}`,
      afterwards: '660 root:kvm',
      named: '1',
      corrected: '1',
    });
  });

test('files of an older policy go, and come back; those of others stay', options, (context) => {
  const root = makeHost(context);
  const old = '/etc/udev/rules.d/72-virt-privileges-kvm.rules';
  const foreign = '/etc/udev/rules.d/80-kvm.rules';
  writeBelow(root, foreign, 'KERNEL=="kvm", GROUP="kvm"\n');
  const script = `
    apply group --only device; cp -p ${old} /run/kept
    apply world --only device
    said gone '^- file ${old} (made before, not wanted any more)$'
    said counted ' to update, 1 to remove$'
    said stays 'warning: ${foreign} is not part of this policy, and nothing shows that this program made it: it stays$'
    echo "show: files = $(ls /etc/udev/rules.d | tr '\\n' ' ')"
    node /opt/program/dist/provision.mjs revert --last >/dev/null 2>/run/said || cat /run/said >&2
    cmp ${old} /run/kept && echo "show: back = yes"
  `;
  assert.deepEqual(notesOf(root, script), {
    gone: '1',
    counted: '1',
    stays: '1',
    files: '60-virt-privileges-kvm.rules 80-kvm.rules ',
    back: 'yes',
  });
});

test('without a node the rest is done, and it is said what to do', options, (context) => {
  const script = `
    rm /dev/kvm
    apply world --only device; said missing 'warning: there is no /dev/kvm: the kernel has kvm'
    [ -e /dev/kvm ] || echo "show: node = none"
    [ -e /etc/udev/rules.d/60-virt-privileges-kvm.rules ] && echo "show: rule = yes"
  `;
  assert.deepEqual(notesOf(makeHost(context), script), { missing: '1', node: 'none', rule: 'yes' });
});

test('in a container only --force-device changes the node', options, (context) => {
  const script = `
    touch /run/.containerenv; chmod 0600 /dev/kvm
    apply world --only device; show left
    said why 'warning: /dev/kvm is left alone: this is a container (podman), and the node is the host.s$'
    apply world --only device --force-device; show forced
  `;
  assert.deepEqual(notesOf(makeHost(context), script), {
    left: '600 root:kvm',
    why: '1',
    forced: `666 root:kvm${seat}`,
  });
});

test('without udevd the node is changed directly, and that is said', options, (context) => {
  const root = makeHost(context);
  const script = `${helpers}
    setfacl -m u:12345:rw /dev/kvm
    apply group --only device; cat /run/said; getfacl -cp /dev/kvm; stat -c '%a %U:%G' /dev/kvm`;
  const { status, stdout, stderr } = runInRoot(root, ['sh', '-euc', script], { kvm: true });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^provision: info: no udevd answers: \/dev\/kvm is changed directly,/m);
  assert.match(
    stdout,
    /^~ device \/dev\/kvm \(0:root 0660 user:12345:rw- group::--- -> 0:kvm 0660\)$/m,
  );
  assert.ok(stdout.endsWith('user::rw-\ngroup::rw-\nother::---\n\n660 root:kvm\n'), stdout);
});
