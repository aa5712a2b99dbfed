import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../support/booted-host.ts';
import { hasKvm } from '../support/kvm.ts';
import { prepareLibvirt, runGuest } from '../support/libvirt-guest.ts';
import { blocksOf, readPage, sectionsOf } from '../support/page.ts';

function userOf(host: BootedHost): string {
  return host.run('provision qemu-conf get user').stdout;
}

/** What the host is like when the commands of a section have been run. */
const results: Readonly<Record<string, (host: BootedHost) => void>> = {
  'Look first': (host) => assert.equal(host.run('provision status').status, 3),
  Apply: (host) => assert.equal(userOf(host), 'libvirt-qemu\n'),
  Prove: (host) => assert.equal(host.run('provision verify --strict').status, 0),
  'Names, ids and collisions': (host) => {
    assert.equal(userOf(host), 'vmuser\n');
    assert.match(outputOf(host, 'id vmuser'), /^uid=207\(vmuser\) gid=207\(vmuser\) .*\(kvm\)$/m);
  },
  'Back again': (host) => assert.equal(userOf(host), ''),
  Images: (host) => {
    assert.equal(
      host.run('test -e /mnt/image/etc/udev/rules.d/60-virt-privileges-kvm.rules').status,
      1,
    );
  },
  Containers: (host) => assert.equal(outputOf(host, 'stat -c %a /dev/kvm'), '666\n'),
  'Back to root': (host) => {
    assert.deepEqual(runGuest(host).status.uid, [0, 0, 0, 0]);
    assert.equal(host.run('provision status').status, 3);
    assert.match(outputOf(host, 'provision apply --restart'), /service libvirtd/);
    assert.deepEqual(runGuest(host).status.uid, [207, 207, 207, 207]);
  },
};

const image = `
mkdir -p /mnt/image
cp -a --parents /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/os-release \\
  /usr/lib/os-release /etc/libvirt/qemu.conf /mnt/image
`;

test('every command of docs/hosts.md', needsBootedHost('trixie-libvirt'), async (context) => {
  const prepare = prepareLibvirt + image;
  const host = await bootHost(context, 'trixie-libvirt', prepare);
  const sections = sectionsOf(readPage('docs/hosts.md'));
  const withCommands = sections.filter(({ text }) => blocksOf(text, 'sh').length > 0);
  assert.deepEqual(
    withCommands.map(({ heading }) => heading),
    Object.keys(results),
  );
  for (const { heading, text } of withCommands) {
    const skip = heading === 'Prove' && !hasKvm ? 'this machine has no KVM' : false;
    await context.test(heading, { skip }, () => {
      for (const block of blocksOf(text, 'sh')) outputOf(host, block);
      results[heading]?.(host);
    });
  }
});

// The page speaks of hosts, and this is a container with a node of its own.
const asHost = `
rm /usr/local/bin/provision
cat >/usr/local/bin/provision <<'END'
#!/bin/sh
[ "$1" != apply ] || set -- "$@" --force-device
exec /opt/virt-privileges/dist/provision.mjs "$@"
END
printf '#!/bin/sh\\nexec "$@"\\n' >/usr/local/bin/sudo
chmod 755 /usr/local/bin/provision /usr/local/bin/sudo
`;

test('every command of docs/ci.md', needsBootedHost('trixie-libvirt'), async (context) => {
  const host = await bootHost(context, 'trixie-libvirt', asHost);
  const page = readPage('docs/ci.md');
  const asNobody = (script: string) => `setpriv --reuid=65534 --clear-groups sh -c '${script}'`;
  const asJob = (script: string) => `USER=nobody\n${script}`;
  const mayUse = () => host.run(asNobody('test -r /dev/kvm && test -w /dev/kvm')).status === 0;
  assert.equal(mayUse(), false);
  const [step = ''] = blocksOf(page, 'yaml').map((block) => /run: (.*)/.exec(block)?.[1]);
  outputOf(host, step);
  assert.equal(mayUse(), true);
  outputOf(host, 'provision revert');
  assert.equal(mayUse(), false);
  const [apply = '', trial = '', drift = ''] = blocksOf(page, 'sh');
  outputOf(host, apply + drift);
  if (hasKvm)
    assert.match(outputOf(host, asJob(trial)), /^pass {2}kvm-unprivileged {2}user nobody /m);
  assert.equal(outputOf(host, 'stat --format="%a %U:%G" /dev/kvm'), '666 root:kvm\n');
  assert.equal(mayUse(), true);
  assert.match(drift, /^provision status /);
  outputOf(host, 'provision revert');
  assert.equal(host.run(drift).status, 3);
  assert.match(trial, /^sudo provision verify /);
  assert.equal(host.run(asJob(trial)).status, 3);
});
