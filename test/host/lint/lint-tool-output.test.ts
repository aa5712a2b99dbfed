import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readRpmlintOutput,
  readRpmspecOutput,
  readSystemdVersion,
  readSysusersOutput,
  readTmpfilesOutput,
  readUdevadmOutput,
} from '../../../src/host/lint/lint-tool-output.ts';

const copy = '/tmp/scratch/etc/x';
const sources = new Map([[copy, 'mine/x']]);

function output(exitCode: number, stderr: string, stdout = '', isOlder = false) {
  return { exitCode, stdout, stderr, sources, isOlder };
}

const finding = (severity: string, line: number | null, message: string, path = 'mine/x') => ({
  code: 'VP_LINT_TOOL',
  severity,
  ...(path === '' ? {} : { path }),
  ...(line === null ? {} : { line }),
  message,
  hint: '',
});

// Lines of udevadm of systemd 257.13, with --resolve-names=never --no-style, under our paths.
const udevadm = `${copy}:1 Invalid operator for KERNEL.
${copy}:2 style: whitespace after comma is expected.
${copy}:3 Invalid key 'FOO'.
${copy}:4 Ignoring NAME="%k", as it will take no effect.
${copy}:9 MODE key takes '=' or ':=' operator, assuming '='.
${copy}: udev rules check failed.
`;
const summary = '\n1 udev rules files have been checked.\n  Success: 0\n  Fail:    1\n';

test('udevadm verify', () => {
  assert.deepEqual(readUdevadmOutput(output(1, udevadm, summary)), [
    finding('warning', 1, 'udevadm verify: Invalid operator for KERNEL.'),
    finding('warning', 3, "udevadm verify: Invalid key 'FOO'."),
    finding('warning', 4, 'udevadm verify: Ignoring NAME="%k", as it will take no effect.'),
    finding('warning', 9, "udevadm verify: MODE key takes '=' or ':=' operator, assuming '='."),
  ]);
  assert.deepEqual(readUdevadmOutput(output(0, '', summary)), []);
});

test('what an older tool does not know may be right on the target', () => {
  assert.deepEqual(readUdevadmOutput(output(1, `${copy}:3 Invalid key 'FOO'.\n`, '', true)), [
    finding('info', 3, "udevadm verify: Invalid key 'FOO'."),
  ]);
  assert.deepEqual(
    readUdevadmOutput(output(1, `${copy}:1 Invalid operator for KERNEL.\n`, '', true)),
    [finding('warning', 1, 'udevadm verify: Invalid operator for KERNEL.')],
  );
});

test('a tool that fails and says nothing that is understood is a finding', () => {
  for (const read of [readUdevadmOutput, readTmpfilesOutput, readSysusersOutput]) {
    const [only, ...more] = read(output(1, ''));
    assert.deepEqual(more, []);
    assert.equal(only?.severity, 'warning');
    assert.match(only?.message ?? '', / failed with status 1: no message$/);
  }
});

// Lines of several runs of systemd-sysusers 252.39 and 257.13; for some of them it exits 0.
const sysusers = `${copy}:5: Unknown command type 'q'.
${copy}:6: Failed to parse UID: '65535': No such device or address
${copy}:7: Conflict with earlier configuration for group 'qemu', ignoring line.
Suggested group ID 36 for b already used.
Creating group 'b' with GID 999.
Creating user 'a' (n/a) with UID 5 and GID 5.
Group none not found.
Would write /etc/group…
Would write /etc/shadow…
`;

test('systemd-sysusers', () => {
  assert.deepEqual(readSysusersOutput(output(0, sysusers)), [
    finding('warning', 5, "systemd-sysusers: Unknown command type 'q'."),
    finding(
      'warning',
      6,
      "systemd-sysusers: Failed to parse UID: '65535': No such device or address",
    ),
    finding(
      'warning',
      7,
      "systemd-sysusers: Conflict with earlier configuration for group 'qemu', ignoring line.",
    ),
    finding('warning', null, 'systemd-sysusers: Suggested group ID 36 for b already used.', ''),
    finding('warning', null, 'systemd-sysusers: Group none not found.', ''),
  ]);
});

// Lines of systemd-tmpfiles 257.13, exit status 65.
const tmpfiles = `${copy}:1: Invalid mode '0999'.
${copy}:2: Failed to resolve group 'nosuch': No such process
Would create subvolume /tmp/scratch/dev/x
`;

test('systemd-tmpfiles', () => {
  assert.deepEqual(readTmpfilesOutput(output(65, tmpfiles)), [
    finding('warning', 1, "systemd-tmpfiles: Invalid mode '0999'."),
    finding('warning', 2, "systemd-tmpfiles: Failed to resolve group 'nosuch': No such process"),
  ]);
});

// rpm 4.18.
const rpmspec = `error: Failed to open shell expansion pipe for command: [ -z "$RPM_BUILD_NCPUS" ] \\
	&& echo: Cannot allocate memory
warning: Macro expanded in comment on line 3: %x
error: line 10: Unclosed %if
error: Unable to open /x/y.inc: No such file or directory
`;

test('rpmspec -P', () => {
  assert.deepEqual(readRpmspecOutput(output(1, rpmspec), 'a.spec'), [
    finding('warning', null, 'rpmspec -P: Macro expanded in comment on line 3: %x', 'a.spec'),
    finding('error', 10, 'rpmspec -P: Unclosed %if', 'a.spec'),
    finding(
      'error',
      null,
      'rpmspec -P: Unable to open /x/y.inc: No such file or directory',
      'a.spec',
    ),
  ]);
  assert.deepEqual(readRpmspecOutput(output(0, '', 'Name: x\n'), 'a.spec'), []);
});

// rpmlint 2.4.0.
const rpmlint = `============================ rpmlint session starts ============================
rpmlint: 2.4.0
checks: 26, packages: 1

/tmp/s/a.spec: E: specfile-error error: line 10: Unclosed %if
/tmp/s/a.spec:12: W: hardcoded-library-path in /usr/lib/x
 0 packages and 1 specfiles checked; 1 errors, 1 warnings, 1 badness; has taken 0.0 s
`;

test('rpmlint', () => {
  assert.deepEqual(readRpmlintOutput(output(64, '', rpmlint), 'a.spec'), [
    finding('warning', null, 'rpmlint: specfile-error error: line 10: Unclosed %if', 'a.spec'),
    finding('info', 12, 'rpmlint: hardcoded-library-path in /usr/lib/x', 'a.spec'),
  ]);
});

for (const [text, version] of [
  ['systemd 252 (252.39-1~deb12u2)\n+PAM', 252],
  ['257\n', 257],
  ['258.1', 258],
  ['', 0],
] as const) {
  test(`version of ${JSON.stringify(text)}`, () => {
    assert.equal(readSystemdVersion(text), version);
  });
}
