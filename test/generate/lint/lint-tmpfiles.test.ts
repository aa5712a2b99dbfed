import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintTmpfiles } from '../../../src/generate/lint/lint-tmpfiles.ts';
import { brief, lintFile } from '../../support/lint.ts';

const companion = 'zz-virt-privileges-kvm.conf';

function lint(text: string, name = companion, udevMode: string | null = null) {
  return lintTmpfiles(lintFile('tmpfiles', name, text), udevMode).map(brief);
}

const line = 'z /dev/kvm 0666 - kvm -\n';
const rows: readonly (readonly [string, string, string | null, readonly string[]])[] = [
  [line, companion, null, []],
  [line, companion, '0666', []],
  [line, companion, '666', []],
  ['z /dev/kvm ~:0666 - kvm -\n', companion, '0666', []],
  ['z /dev/kvm - - kvm -\n', companion, '0660', []],
  ['d /run/x 0755\n', '00-x.conf', '0660', []],
  [
    line,
    companion,
    '0660',
    ['1 error MODE mode 0666, and the udev rule beside it sets 0660: whichever ran last wins'],
  ],
  [
    line,
    '00-x.conf',
    null,
    [
      '1 warning ORDER 00-x.conf sorts before static-nodes-permissions.conf of systemd, whose line for /dev/kvm undoes this one',
    ],
  ],
  [
    line,
    'static-nodes-permissions.conf',
    null,
    [
      "1 warning ORDER static-nodes-permissions.conf takes the place of systemd's file with all its other lines",
    ],
  ],
  [
    'z /x 0999\n',
    companion,
    null,
    ['1 error MODE the mode 0999 of /x is no octal mode: systemd-tmpfiles refuses the line'],
  ],
  [
    'z /x 77777\n',
    companion,
    null,
    ['1 error MODE the mode 77777 of /x is larger than 07777: systemd-tmpfiles refuses the line'],
  ],
  ['z x\n', companion, null, ['1 error SYNTAX the path x is not absolute']],
  ['z /x 0600', companion, null, ['1 warning STYLE the last line has no line break']],
];

for (const [text, name, udevMode, expected] of rows) {
  test(`${name}: ${JSON.stringify(text)}, beside MODE ${udevMode}`, () => {
    assert.deepEqual(lint(text, name, udevMode), expected);
  });
}
