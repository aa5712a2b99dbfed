import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuConf } from '../../src/formats/qemu-conf.ts';
import { isRootText, readChoices } from '../../src/verify/conf-identity.ts';
import { site } from '../support/host-view.ts';

const built = { uid: 107, gid: 4242, daemon: 'virtqemud (process 9)' };

for (const [name, text, daemon, expected] of [
  [
    'the file',
    'user = "qemu"\n\ngroup = "kvm"\n',
    null,
    ['qemu 107 /etc/libvirt/qemu.conf:1', 'kvm 36 /etc/libvirt/qemu.conf:3'],
  ],
  [
    'the file, whatever the daemon had',
    'user = "root"\ngroup = "+7"\n',
    built,
    ['root 0 /etc/libvirt/qemu.conf:1', '+7 7 /etc/libvirt/qemu.conf:2'],
  ],
  [
    'the default of the release',
    '',
    null,
    ['qemu 107 the default of fedora-44', 'qemu 107 the default of fedora-44'],
  ],
  [
    'the default of a daemon, by name where it has one',
    '',
    built,
    [
      'qemu 107 the default of virtqemud (process 9)',
      '4242 4242 the default of virtqemud (process 9)',
    ],
  ],
  [
    'a name that nobody has',
    'user = "vm"\n',
    null,
    ['vm null /etc/libvirt/qemu.conf:1', 'qemu 107 the default of fedora-44'],
  ],
] as const) {
  test(`who QEMU runs as: ${name}`, () => {
    const choices = readChoices(site, parseQemuConf(text, 'qemu.conf'), daemon);
    assert.deepEqual(
      choices.map(({ text: word, id, from }) => `${word} ${id} ${from}`),
      expected,
    );
  });
}

for (const [text, isRoot] of [
  ['root', true],
  ['0', true],
  ['+0', true],
  ['-1', true],
  ['+00', true],
  ['qemu', false],
  ['107', false],
  ['', false],
] as const) {
  test(`'${text}' is ${isRoot ? '' : 'not '}root`, () => assert.equal(isRootText(text), isRoot));
}
