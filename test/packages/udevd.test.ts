import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PayloadFile } from '../../src/generate/payload.ts';
import { writeBelow } from '../support/host.ts';
import { payloadOf } from '../support/provision.ts';
import { type Release, releaseRoot } from '../support/release-root.ts';
import { needsUdev, runWithUdev } from '../support/udev.ts';

const releases = ['trixie', 'sid'] as const;
const options = needsUdev(...releases);

type Distro = 'debian-13' | 'fedora-45';
/** Whoever sits at the machine, let in by the tag uaccess. */
const seat = ' user:12345:rw-';
/** What systemd makes of the node as each distribution builds it. */
const distros = { 'debian-13': `660 root:kvm${seat}`, 'fedora-45': '666 root:kvm' } as const;

// Debian's own uaccess tag may stay where everybody is let in anyway.
const policies: readonly (readonly [Distro, string, string])[] = [
  ['debian-13', '{access: world}', `666 root:kvm${seat}`],
  ['debian-13', '{access: group}', '660 root:kvm'],
  ['debian-13', '{access: uaccess}', `660 root:kvm${seat}`],
  ['debian-13', '{access: world, group: {name: video}}', `666 root:video${seat}`],
  ['debian-13', '{access: group, group: {name: video}}', '660 root:video'],
  ['fedora-45', '{access: world}', '666 root:kvm'],
  ['fedora-45', '{access: group}', '660 root:kvm'],
  ['fedora-45', '{access: uaccess}', `660 root:kvm${seat}`],
];

/** What tells that the files are needed: without them the distribution decides. */
const omissions: readonly (readonly [Distro, string, PayloadFile['role'], Notes])[] = [
  ['debian-13', '{access: world}', 'tmpfiles', [`666 root:kvm${seat}`, distros['debian-13']]],
  ['fedora-45', '{access: group}', 'tmpfiles', ['660 root:kvm', distros['fedora-45']]],
  ['debian-13', '{access: world}', 'udev-rule', [distros['debian-13'], `666 root:kvm${seat}`]],
  ['fedora-45', '{access: group}', 'udev-rule', [distros['fedora-45'], '660 root:kvm']],
];
type Notes = readonly [atTheEvent: string, afterTmpfiles: string];

for (const release of releases) {
  for (const [distro, kvm, expected] of policies) {
    test(
      `${release} as ${distro}: udevd obeys kvm: ${kvm}, and tmpfiles keeps it`,
      options,
      (context) => {
        const root = rootWith(context, release, distro, kvm);
        const before = statSync('/dev/kvm');
        assert.deepEqual(runWithUdev(root, events), {
          // There udevd sets owner and mode of static nodes, and no more.
          'at the start': expected.replace(seat, ''),
          'at the event': expected,
          'after tmpfiles': expected,
        });
        // The machine's own node is another one.
        assert.deepEqual(statSync('/dev/kvm'), before);
      },
    );
  }
  for (const [distro, kvm, role, expected] of omissions) {
    test(
      `${release} as ${distro}: without the ${role} kvm: ${kvm} does not hold`,
      options,
      (context) => {
        const notes = runWithUdev(rootWith(context, release, distro, kvm, role), events);
        assert.deepEqual([notes['at the event'], notes['after tmpfiles']], expected);
      },
    );
  }
}

const events = `
show 'at the start'
chown root:root /dev/kvm
chmod 0600 /dev/kvm
trigger
show 'at the event'
systemd-tmpfiles --create
show 'after tmpfiles'
`;

/** A root with the installed files of the payload, but for those of one role. */
function rootWith(
  context: TestContext,
  release: Release,
  distro: Distro,
  kvm: string,
  omitted?: PayloadFile['role'],
): string {
  const root = releaseRoot(context, release);
  if (distro === 'fedora-45') buildAsFedora(root);
  for (const { role, text, destination } of payloadOf(distro, `kvm: ${kvm}\n`).files) {
    if (destination !== null && role !== omitted) writeBelow(root, destination, text);
  }
  return root;
}

// Fedora builds systemd with -Ddev-kvm-mode=0666, which also leaves kvm out of 70-uaccess.rules.
function buildAsFedora(root: string): void {
  edit(root, 'udev/rules.d/50-udev-default.rules', /^(KERNEL=="kvm".*MODE=)"0660"/m, '$1"0666"');
  edit(root, 'udev/rules.d/70-uaccess.rules', /^.*KERNEL=="kvm".*$/m, '');
  edit(root, 'tmpfiles.d/static-nodes-permissions.conf', /(?<=^z \/dev\/kvm +)0660/m, '0666');
}

function edit(root: string, name: string, pattern: RegExp, replacement: string): void {
  const path = join(root, 'usr/lib', name);
  const text = readFileSync(path, 'utf8');
  assert.match(text, pattern);
  writeFileSync(path, text.replace(pattern, replacement));
}
