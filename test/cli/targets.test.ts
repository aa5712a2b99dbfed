import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { printTargets } from '../../src/cli/print-targets.ts';
import { target, targets } from '../support/provision.ts';
import { runProvision } from '../support/run-provision.ts';
import { projectRoot } from '../support/scratch.ts';

const promised = [
  'id',
  'rpm',
  'systemd',
  'accounts',
  'udev',
  'user',
  'uid',
  'group',
  'gid',
  'kvmGroup',
  'kvmGid',
  'kvmMode',
  'sources',
];

test('targets as a document has the promised fields, and every fact with its source', () => {
  const document = JSON.parse(runProvision('targets', '--json').stdout);
  assert.equal(document.version, 1);
  assert.deepEqual(document.targets, JSON.parse(JSON.stringify(targets)));
  for (const entry of document.targets) {
    for (const name of promised) assert.ok(name in entry, `${entry.id}: ${name}`);
  }
});

test('targets as a table has a line for each', () => {
  const { stdout, stderr, exitCode } = runProvision('targets');
  assert.deepEqual([stdout, stderr, exitCode], [printTargets(targets), '', 0]);
  assert.equal(stdout.trimEnd().split('\n').length, targets.length + 1);
});

test('the table', () => {
  const shown = ['fedora-12', 'rawhide', 'debian-13', 'ubuntu-24.04'].map(target);
  assert.equal(
    printTargets(shown),
    `TARGET        RPM     SYSTEMD  ACCOUNTS   UDEV             USER                 GROUP     KVM       MODE
fedora-12     4.7.1   145      scriptlet  pre-static-node  qemu(107)            same      kvm(36)   0666
rawhide       6.1.0   262      native     filetrigger      qemu(107)            same      kvm(36)   0666
debian-13     4.20.1  257      scriptlet  postinst         libvirt-qemu(64055)  same      kvm(any)  0660
ubuntu-24.04  4.18.2  255.4    scriptlet  postinst         libvirt-qemu(64055)  kvm(any)  kvm(any)  0660
`,
  );
  const widths = printTargets(targets)
    .split('\n')
    .map(({ length }) => length);
  assert.ok(Math.max(...widths) <= 116, `${Math.max(...widths)} columns`);
});

const top = mkdtempSync(join(tmpdir(), 'virt-privileges-'));
after(() => rmSync(top, { recursive: true }));

/** A root that says what it is and has what `status` looks at. */
function makeRoot(name: string, release: string): string {
  const root = join(top, name);
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/os-release'), release);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  return root;
}

const future = makeRoot('future', 'ID=fedora\nVERSION_ID=47\n');
const message =
  "target 'fedora-47' is not in the table of targets: rawhide, the nearest to it, is used in its place";
const hint = 'check that what holds for rawhide holds there too, or choose with --target';
const said = `provision: warning: ${message}\nprovision: hint: ${hint}\n`;

const commands: readonly (readonly string[])[] = [
  ['policy'],
  ['policy', '--json'],
  ['generate', '--out', join(top, 'out')],
  ['generate', '--json', '--out', join(top, 'out')],
  ['status'],
  ['status', '--json'],
  ['apply', '--dry-run'],
  ['apply', '--dry-run', '--json'],
];

for (const words of commands) {
  test(`${words.join(' ').replace(top, 'TOP')} warns of a release newer than the table`, () => {
    const found = runProvision(...words, '--root', future);
    assert.ok(found.stderr.startsWith(said), found.stderr);
    assert.equal(found.stderr.split(message).length, 2);
    const asked = runProvision(...words, '--target', 'fedora-47');
    assert.ok(asked.stderr.startsWith(said), asked.stderr);
  });
}

for (const command of ['status', 'apply']) {
  test(`the document of ${command} has the warning as a finding`, () => {
    const words = command === 'apply' ? ['apply', '--dry-run'] : ['status'];
    const { stdout } = runProvision(...words, '--json', '--root', future);
    const document = JSON.parse(stdout);
    assert.equal(document.target, 'rawhide');
    const finding = { code: 'VP_WARN_TARGET_NEWER', severity: 'warning', message, hint };
    assert.deepEqual(document.findings[0], finding);
  });
}

test('a release of the table is taken without a word', () => {
  const root = makeRoot('present', 'ID="opensuse-leap"\nVERSION_ID="15.6"\n');
  const { stdout, stderr } = runProvision('policy', '--json', '--root', root);
  assert.deepEqual([JSON.parse(stdout).target, stderr], ['opensuse-leap-15', '']);
});

test('a release older than the table is refused', () => {
  const root = makeRoot('past', 'ID="centos"\nVERSION_ID="6"\n');
  const { stderr, exitCode } = runProvision('policy', '--root', root);
  assert.equal(exitCode, 1);
  assert.equal(
    stderr,
    "provision: error: target 'centos-6' is not known: the oldest of its kind is centos-7\nprovision: hint: 'provision targets' lists all\n",
  );
});

test('the table that the build made is that of targets.yaml', () => {
  const made = JSON.parse(readFileSync(join(projectRoot, 'dist/targets.json'), 'utf8'));
  assert.deepEqual(made, { version: 1, targets: JSON.parse(JSON.stringify(targets)) });
});
