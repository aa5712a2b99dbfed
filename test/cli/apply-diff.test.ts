import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeRoot, makeOldRoot } from '../support/applied-root.ts';
import { runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const confDiff = `--- a/etc/libvirt/qemu.conf
+++ b/etc/libvirt/qemu.conf
@@ -1,4 +1,6 @@
 # mine\\x0d
-user = "root" # old\\x0d
+user = "libvirt-qemu" # old\\x0d
 \\x0d
-vnc_password = "x"
\\ No newline at end of file
+vnc_password = "x"\\x0d
+group = "libvirt-qemu"\\x0d
+dynamic_ownership = 1\\x0d
`;

test('--diff shows each file as it is and will be, in a dry run too', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  const words = ['apply', '--diff', '--only', 'qemu-conf', '--root', root];
  const dry = runProvision(...words, '--dry-run');
  assert.ok(dry.stdout.endsWith(`0 to create, 1 to update\n${confDiff}`), dry.stdout);
  const { diffs } = JSON.parse(runProvision(...words, '--dry-run', '--json').stdout);
  assert.deepEqual(diffs[0].path, '/etc/libvirt/qemu.conf');
  assert.match(diffs[0].diff, /^\+user = "libvirt-qemu" # old\r$/m);
  assert.deepEqual(describeRoot(root), before);
  assert.equal(runProvision(...words).stdout, dry.stdout);
  assert.equal(runProvision(...words).stdout, 'no changes\n');
});

test('a diff shows what a terminal would obey', rootOnly, (context) => {
  const root = makeOldRoot(context);
  writeFileSync(join(root, 'etc/libvirt/qemu.conf'), '# \u001b[2J\tx\nuser = "a"\n');
  const words = ['apply', '--diff', '--dry-run', '--only', 'qemu-conf', '--root', root];
  assert.match(runProvision(...words).stdout, /^ # \\x1b\[2J\tx$/m);
});

test('without --diff there is none in the document', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const document = JSON.parse(runProvision('apply', '--json', '--root', root).stdout);
  assert.equal('diffs' in document, false);
});

test('--set counts for apply, status and policy', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const set = ['--set', 'qemu_conf.user=root', '--set', 'qemu_conf.group=root'];
  const { exitCode, stderr } = runProvision('apply', '--root', root, ...set);
  assert.equal(exitCode, 0, stderr);
  assert.equal(runProvision('status', '--root', root, ...set).exitCode, 0);
  assert.equal(runProvision('status', '--root', root).exitCode, 3);
  const { origins } = JSON.parse(runProvision('policy', '--json', '--root', root, ...set).stdout);
  assert.equal(origins['qemu_conf.user'], '--set');
  const wrong = runProvision('apply', '--root', root, '--set', 'qemu_conf');
  assert.equal(wrong.exitCode, 2);
});
