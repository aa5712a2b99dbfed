import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '../../../src/errors.ts';
import {
  lookAtMergedFiles,
  readLintAccounts,
  readMergedFiles,
} from '../../../src/host/lint/lint-merged.ts';
import { openRoot } from '../../../src/host/root.ts';
import { addonFile, makeTree, openTree } from '../../support/host.ts';
import { run } from '../../support/run-provision.ts';

const rule = 'KERNEL=="kvm", MODE="0666"\n';

function merged(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  prepare?: (path: string) => void,
) {
  const path = makeTree(context, files);
  prepare?.(path);
  return readMergedFiles(openRoot(path, addonFile)).map((file) => {
    return `${file.kind} ${file.name} ${file.path.slice(path.length)}`;
  });
}

test('each directory counts, and the first one that has a name', (context) => {
  const found = merged(context, {
    'etc/udev/rules.d/50-a.rules': rule,
    'run/udev/rules.d/50-a.rules': rule,
    'run/udev/rules.d/51-b.rules': rule,
    'usr/lib/udev/rules.d/51-b.rules': rule,
    'usr/lib/udev/rules.d/52-c.rules': rule,
    'lib/udev/rules.d/53-d.rules': rule,
    'usr/lib/udev/rules.d/README': 'no',
    'usr/local/lib/sysusers.d/x.conf': 'g x -\n',
    'usr/lib/tmpfiles.d/y.conf': 'd /y\n',
    'usr/lib/tmpfiles.d/y.txt': 'd /y\n',
  });
  assert.deepEqual(found, [
    'udev-rules 50-a.rules /etc/udev/rules.d/50-a.rules',
    'udev-rules 51-b.rules /run/udev/rules.d/51-b.rules',
    'udev-rules 52-c.rules /usr/lib/udev/rules.d/52-c.rules',
    'udev-rules 53-d.rules /lib/udev/rules.d/53-d.rules',
    'sysusers x.conf /usr/local/lib/sysusers.d/x.conf',
    'tmpfiles y.conf /usr/lib/tmpfiles.d/y.conf',
  ]);
});

const vendor = { 'usr/lib/udev/rules.d/50-a.rules': rule };
const masks: readonly (readonly [string, (path: string) => void])[] = [
  ['a link to /dev/null', (path) => symlinkSync('/dev/null', path)],
  ['a relative link to /dev/null', (path) => symlinkSync('../../../dev/null', path)],
  ['a link to nowhere', (path) => symlinkSync('/nowhere', path)],
];
for (const [name, make] of masks) {
  test(`masked by ${name}`, (context) => {
    const found = merged(context, vendor, (path) => {
      mkdirSync(join(path, 'etc/udev/rules.d'), { recursive: true });
      make(join(path, 'etc/udev/rules.d/50-a.rules'));
    });
    assert.deepEqual(found, []);
  });
}

test('masked by an empty file', (context) => {
  assert.deepEqual(merged(context, { ...vendor, 'etc/udev/rules.d/50-a.rules': '' }), []);
});

test('a link is followed inside the root and never out of it', (context) => {
  const found = merged(context, { 'etc/a.rules': rule }, (path) => {
    mkdirSync(join(path, 'etc/udev/rules.d'), { recursive: true });
    symlinkSync('/etc/a.rules', join(path, 'etc/udev/rules.d/1.rules'));
    symlinkSync('/etc/passwd', join(path, 'etc/udev/rules.d/2.rules'));
  });
  assert.deepEqual(found, ['udev-rules 1.rules /etc/udev/rules.d/1.rules']);
});

test('a pipe in the place of a file is an error, not a wait', (context) => {
  const path = makeTree(context, vendor);
  assert.equal(run('/usr/bin/mkfifo', [join(path, 'usr/lib/udev/rules.d/9.rules')]).exitCode, 0);
  assert.throws(
    () => readMergedFiles(openRoot(path, addonFile)),
    (error) => error instanceof AppError && error.code === 'VP_FILE_READ',
  );
});

test('the accounts of a root, with those that its packages brought', (context) => {
  const root = openTree(context, {
    'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
    'etc/passwd': 'a:x:1:1::/:\n',
    'etc/group': 'a:x:1:\n',
    'usr/lib/group': 'kvm:x:36:\n',
  });
  const accounts = readLintAccounts(root, 'fedora-44');
  assert.deepEqual(
    accounts?.users.map(({ name }) => name),
    ['a'],
  );
  assert.deepEqual(
    accounts?.groups.map(({ name }) => name),
    ['a', 'kvm'],
  );
  assert.equal(readLintAccounts(root, 'debian-12'), null, 'of another release');
  assert.notEqual(readLintAccounts(openTree(context), 'debian-12'), null, 'of no release');
});

const MEBIBYTE = 1024 * 1024;

test('a file that is too large or no text is a finding, and not looked at', (context) => {
  const root = openTree(context, {
    'etc/tmpfiles.d/a.conf': 'd /a\n',
    'etc/tmpfiles.d/b.conf': 'd /b\0\n',
    'etc/tmpfiles.d/c.conf': '',
    'etc/tmpfiles.d/d.conf': `#${'x'.repeat(MEBIBYTE - 1)}`,
  });
  truncateSync(join(root.path, 'etc/tmpfiles.d/c.conf'), MEBIBYTE + 1);
  const { files, findings } = lookAtMergedFiles(root);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['a.conf', 'd.conf'],
  );
  const place = `${root.path}/etc/tmpfiles.d`;
  assert.deepEqual(
    findings.map(({ severity, path, message }) => [severity, path, message]),
    [
      ['warning', `${place}/b.conf`, 'the file was not looked at: it holds NUL bytes'],
      ['warning', `${place}/c.conf`, 'the file was not looked at: it is larger than 1 MiB'],
    ],
  );
  assert.throws(() => readMergedFiles(root), {
    code: 'VP_FILE_READ',
    message: `${place}/b.conf: the file was not looked at: it holds NUL bytes`,
  });
});

test('all files together have a limit', (context) => {
  const root = openTree(context, { 'etc/sysusers.d/00.conf': 'g a -\n' });
  for (let number = 10; number < 45; number += 1) {
    const path = join(root.path, `etc/sysusers.d/${number}.conf`);
    writeFileSync(path, '');
    truncateSync(path, MEBIBYTE);
  }
  const { files, findings } = lookAtMergedFiles(root);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['00.conf'],
  );
  const reasons = findings.map(({ message }) =>
    message.replace('the file was not looked at: ', ''),
  );
  assert.equal(reasons.filter((why) => why === 'it holds NUL bytes').length, 31);
  assert.equal(
    reasons.filter((why) => why === 'all files together are larger than 32 MiB').length,
    4,
  );
});
