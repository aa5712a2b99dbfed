import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Layout } from '../../src/generate/payload.ts';
import { payloadOf, targets, textOf } from '../support/provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const options = needs('rpmbuild');

/** Builds the example spec as the manual says; returns the path of the binary package. */
function buildPackage(
  context: TestContext,
  id: string,
  layout: Layout = 'usr',
  policy?: string,
): string {
  const [sources, top] = [makeScratch(context), makeScratch(context)];
  for (const { name, text } of payloadOf(id, policy, layout).files) {
    writeFileSync(join(sources, name), text);
  }
  const defines = ['--define', `_sourcedir ${sources}`, '--define', `_topdir ${top}`];
  const spec = join(sources, 'virt-privileges-host.spec');
  const built = runTool('rpmbuild', ['-ba', ...defines, spec]);
  assert.equal(built.status, 0, built.stderr);
  // A machine whose own name no resolver knows is not the spec's fault.
  const complaints = built.stderr.replaceAll(/^.*Could not canonicalize hostname.*$/gm, '');
  assert.doesNotMatch(complaints, /warning|error/i);
  assert.equal(readdirSync(join(top, 'SRPMS')).length, 1);
  const [file, ...more] = readdirSync(join(top, 'RPMS/noarch'));
  assert.deepEqual(more, []);
  return join(top, 'RPMS/noarch', file ?? '');
}

function query(file: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = runTool('rpm', ['-qp', ...args, file]);
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

const files = '[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]';

for (const { id, accounts, accountTools } of targets) {
  test(
    `${id}: the example spec builds, and the package is what it should be`,
    options,
    (context) => {
      const file = buildPackage(context, id);
      assert.deepEqual(query(file, '--qf', '%{NAME} %{VERSION} %{ARCH} %{LICENSE}\n'), [
        'virt-privileges-host 1.2.3 noarch Apache-2.0',
      ]);
      assert.deepEqual(query(file, '--qf', files).toSorted(), [
        '/usr/lib/sysusers.d/virt-privileges-members.conf -rw-r--r-- root:root',
        '/usr/lib/sysusers.d/virt-privileges.conf -rw-r--r-- root:root',
        '/usr/lib/tmpfiles.d/zz-virt-privileges-kvm.conf -rw-r--r-- root:root',
        '/usr/lib/udev/rules.d/60-virt-privileges-kvm.rules -rw-r--r-- root:root',
      ]);
      // From 4.19 on rpm adds the accounts that the package itself provides.
      const provided = query(file, '--provides').map((line) => line.split(' = ')[0]);
      const required = query(file, '--requires').filter(
        (line) => !/^(rpmlib\(|\/bin\/sh$)/.test(line) && !provided.includes(line),
      );
      assert.deepEqual(
        required,
        accountTools === null || accounts === 'native' ? [] : [accountTools],
      );
      const { name, script } = scriptletOf(id, accounts);
      assert.equal(query(file, '--qf', `%{${name}}\n`).join('\n').trim(), script.trim());
    },
  );
}

/** The scriptlet that must be in the package, as the fragment reads after rpm's macro expansion. */
function scriptletOf(
  id: string,
  accounts: string,
): { readonly name: string; readonly script: string } {
  const part = accounts === 'native' ? 'device' : 'accounts';
  const script = textOf(payloadOf(id), `virt-privileges-${part}.inc`).replaceAll('%%', '%');
  return { name: part === 'device' ? 'POSTIN' : 'PREIN', script };
}

test('scriptlet era: %pre is there; native era: it is not', options, (context) => {
  const has = (id: string) => query(buildPackage(context, id), '--qf', '%|PREIN?{yes}:{no}|\n')[0];
  assert.deepEqual(['fedora-41', 'debian-12', 'fedora-44'].map(has), ['yes', 'yes', 'no']);
});

test('layout etc: the files are configuration', options, (context) => {
  const file = buildPackage(context, 'fedora-44', 'etc');
  assert.deepEqual(query(file, '--qf', '[%{FILENAMES} %{FILEFLAGS:fflags}\n]').toSorted(), [
    '/etc/sysusers.d/virt-privileges-members.conf cn',
    '/etc/sysusers.d/virt-privileges.conf cn',
    '/etc/tmpfiles.d/zz-virt-privileges-kvm.conf cn',
    '/etc/udev/rules.d/60-virt-privileges-kvm.rules cn',
  ]);
});

test('a policy with another file builds with it', options, (context) => {
  const file = buildPackage(context, 'debian-12', 'usr', 'kvm: {access: group}\n');
  assert.ok(query(file, '-l').includes('/usr/lib/udev/rules.d/72-virt-privileges-kvm.rules'));
});

/** What the spec provides when its parser believes to be that rpm; undefined is rpm before 4.19. */
function providesFor(context: TestContext, version: string | undefined): readonly string[] {
  const sources = makeScratch(context);
  for (const { name, text } of payloadOf('fedora-44').files)
    writeFileSync(join(sources, name), text);
  const pretended = version === undefined ? [] : ['--define', `rpmversion ${version}`];
  const spec = join(sources, 'virt-privileges-host.spec');
  const args = ['-P', '--define', `_sourcedir ${sources}`, ...pretended, spec];
  const { stdout } = runTool('rpmspec', args);
  return stdout
    .split('\n')
    .filter((line) => /^Provides:/.test(line))
    .map((line) => line.slice(16));
}

const accountLines = [
  'group(kvm) = ZyBrdm0gMzYA',
  'group(qemu) = ZyBxZW11IDEwNwAA',
  'group(qemu)',
  'user(qemu) = dSBxZW11IDEwNzpxZW11ICJxZW11IHVzZXIiIC0gLQAA',
];
const memberLine = 'groupmember(qemu/kvm) = bSBxZW11IGt2bQAA';
const builders: readonly (readonly [string, readonly string[]])[] = [
  ['4.18.2', [...accountLines, memberLine]],
  ['4.19.1', [memberLine]],
  ['4.20.0', []],
  ['4.20.1', []],
  ['6.0.1', []],
  ['10.0.0', []],
];

/** From 4.19 on the version is rpm's own macro, which no definition stands over. */
function pretending(version: string): { readonly skip: false | string } {
  const args = ['--define', `rpmversion ${version}`, '--eval', '%{rpmversion}'];
  const shown = runTool('rpm', args).stdout.trim();
  return shown === version ? options : { skip: `this rpm always calls itself ${shown}` };
}

for (const [version, expected] of builders) {
  test(
    `native era: what rpm ${version} does not provide by itself is written out`,
    pretending(version),
    (context) => {
      assert.deepEqual(providesFor(context, version), expected);
    },
  );
}

test(
  'native era: a package built here bears what creates the accounts elsewhere',
  options,
  (context) => {
    const isOld = /^RPM version 4\.1[0-8]\./.test(runTool('rpm', ['--version']).stdout);
    const provides = query(buildPackage(context, 'fedora-44'), '--provides');
    for (const line of [...accountLines, memberLine]) assert.ok(provides.includes(line), line);
    if (isOld) assert.equal(providesFor(context, undefined).length, 5);
  },
);
