import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bringIn, buildHostPackage } from '../support/host-package.ts';
import { bindInto, type Release, releaseRoot, runInRoot } from '../support/release-root.ts';
import { needsUdev, runWithUdev } from '../support/udev.ts';

const releases = ['trixie', 'sid'] as const;
const options = needsUdev(...releases);

interface Case {
  readonly name: string;
  readonly policy: string;
  /** What is done in the root before the package comes; udevd does not run yet. */
  readonly before?: string;
  readonly expected: string;
}

const seat = ' user:12345:rw-';
const untouched = `660 root:kvm${seat}`;
const cases: readonly Case[] = [
  { name: 'udevd applies the new rule', policy: 'world', expected: `666 root:kvm` },
  { name: 'an access list from before goes', policy: 'group', expected: '660 root:kvm' },
  {
    name: 'whoever sits at the machine is let in',
    policy: 'uaccess',
    before: 'sed -i /kvm/d /usr/lib/udev/rules.d/70-uaccess.rules',
    expected: untouched,
  },
  {
    name: 'where another rule wins, the script sets the mode itself',
    policy: 'world',
    before: `echo 'KERNEL=="kvm", MODE="0600", GROUP="root"' >/etc/udev/rules.d/99-other.rules`,
    expected: '666 root:kvm',
  },
  {
    name: 'in a container the node belongs to the host',
    policy: 'world',
    before: 'printf "#!/bin/sh\\nexit 0\\n" >/usr/bin/systemd-detect-virt',
    expected: untouched,
  },
  {
    name: 'in a container of Docker too',
    policy: 'world',
    before: 'touch /.dockerenv',
    expected: untouched,
  },
];

for (const release of releases) {
  for (const { name, policy, before = '', expected } of cases) {
    test(`${release}, %post: ${name}`, options, (context) => {
      const root = prepareRoot(context, release);
      const file = bringIn(root, buildPackage(context, release, policy));
      const prepared = runInRoot(root, ['sh', '-euc', before]);
      assert.equal(prepared.status, 0, prepared.stderr);
      const notes = runWithUdev(root, `trigger\nrpm -i --nodeps ${file}\nshow after\n`);
      assert.equal(notes['after'], expected);
    });
  }

  test(`${release}, %post: without udevd the node is left alone`, options, (context) => {
    const root = prepareRoot(context, release);
    const file = bringIn(root, buildPackage(context, release, 'world'));
    const script = `rpm -i --nodeps ${file} && stat -c '%a %U:%G' /dev/kvm`;
    const { stdout, stderr } = runInRoot(root, ['sh', '-c', script], { kvm: true, sysfs: true });
    assert.equal(stdout, '600 root:root\n', stderr);
  });

  test(`${release}, %post: in a chroot the node is left alone`, options, (context) => {
    const root = prepareRoot(context, release);
    const image = bindInto(root, '/mnt', prepareRoot(context, release));
    const file = bringIn(root, buildPackage(context, release, 'world'));
    const binds = ['dev', 'run', 'proc', 'sys'].map(
      (name) => `mount --rbind /${name} ${image}/${name}`,
    );
    const install = `rpm --root ${image} -i --nodeps ${file}`;
    const script = ['trigger', ...binds, install, 'show after', ''].join('\n');
    assert.equal(runWithUdev(root, script)['after'], untouched);
  });
}

function buildPackage(context: TestContext, release: Release, access: string): string {
  return buildHostPackage(context, release, {
    id: 'fedora-45',
    policy: `kvm: {access: ${access}}\n`,
  });
}

// The test's own namespaces look like a container; the script is to believe that they are none.
function prepareRoot(context: TestContext, release: Release): string {
  const root = releaseRoot(context, release);
  writeFileSync(join(root, 'usr/bin/systemd-detect-virt'), '#!/bin/sh\nexit 1\n');
  return root;
}
