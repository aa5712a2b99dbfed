import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Layout } from '../../src/generate/payload.ts';
import type { Target } from '../../src/targets/target.ts';
import {
  target as findTarget,
  payloadOf,
  targets,
  textOf,
  writePayload,
} from '../support/provision.ts';
import { makeScratch, rounds } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const options = needs('rpmbuild');

/** Builds the example spec as the manual says; returns the path of the binary package. */
function buildPackage(
  context: TestContext,
  id: string,
  layout: Layout = 'usr',
  policy?: string,
  words: readonly string[] = [],
): string {
  const [sources, top] = [makeScratch(context), makeScratch(context)];
  writePayload(sources, payloadOf(id, policy, layout));
  const defines = ['--define', `_sourcedir ${sources}`, '--define', `_topdir ${top}`];
  const spec = join(sources, 'virt-privileges-host.spec');
  const built = runTool('rpmbuild', ['-ba', ...defines, ...words, spec]);
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

// One of each kind; `npm run test:long` builds for every target.
const kinds = ['fedora-12', 'fedora-14', 'fedora-21', 'fedora-32', 'fedora-41', 'fedora-44'];
const kindsElsewhere = ['rhel-10', 'opensuse-leap-16', 'debian-12'];
const built = rounds(0, 1) === 1 ? targets : [...kinds, ...kindsElsewhere].map(findTarget);

for (const target of built) {
  const { id, accounts, accountPackages } = target;
  test(
    `${id}: the example spec builds, and the package is what it should be`,
    options,
    (context) => {
      const file = buildPackage(context, id);
      assert.deepEqual(query(file, '--qf', '%{NAME} %{VERSION} %{ARCH} %{LICENSE}\n'), [
        'virt-privileges-host 1.2.3 noarch Apache-2.0',
      ]);
      const installed = payloadOf(id).files.flatMap(({ destination }) => destination ?? []);
      assert.deepEqual(
        query(file, '--qf', files).toSorted(),
        installed.map((path) => `${path} -rw-r--r-- root:root`).toSorted(),
      );
      assert.deepEqual(requirementsOf(file), needsOf(target));
      const isOwn = accounts === 'scriptlet' && accountPackages.length === 0;
      const { name, script } = scriptletOf(id, isOwn ? 'accounts' : 'device');
      assert.equal(query(file, '--qf', `%{${name}}\n`).join('\n').trim(), script.trim());
    },
  );
}

// From 4.19 on rpm adds the accounts that the package itself provides.
function requirementsOf(file: string): readonly string[] {
  const provided = query(file, '--provides').map((line) => line.split(' = ')[0]);
  return query(file, '--requires').filter((line) => {
    return !/^(rpmlib\(|config\(|\/bin\/sh$)/.test(line) && !provided.includes(line);
  });
}

function needsOf({ accounts, accountPackages, accountTools }: Target): readonly string[] {
  if (accountPackages.length > 0) return accountPackages;
  return accounts === 'native' || accountTools === null ? [] : [accountTools];
}

/** The scriptlet that must be in the package, as the fragment reads after rpm's macro expansion. */
function scriptletOf(
  id: string,
  part: 'device' | 'accounts',
): { readonly name: string; readonly script: string } {
  const text = textOf(payloadOf(id), `virt-privileges-${part}.inc`);
  // This machine's rpm has no macros of systemd, whose lines are then empty.
  const script = text.replace(/^%\{\?.*\}$/gm, '').replaceAll('%%', '%');
  return { name: part === 'device' ? 'POSTIN' : 'PREIN', script };
}

test('scriptlet era: %pre is there; native era: it is not', options, (context) => {
  const has = (id: string) => query(buildPackage(context, id), '--qf', '%|PREIN?{yes}:{no}|\n')[0];
  assert.deepEqual(['fedora-41', 'debian-12', 'fedora-44'].map(has), ['yes', 'yes', 'no']);
});

test('systemd’s macros are asked where the builder has them', options, (context) => {
  const macros = ['post', 'preun', 'postun'].flatMap((name) => {
    return ['--define', `systemd_${name}() echo ${name} of %1`];
  });
  const file = buildPackage(context, 'fedora-44', 'usr', undefined, macros);
  const scripts = ['POSTIN', 'PREUN', 'POSTUN'].map((tag) => query(file, '--qf', `%{${tag}}\n`));
  assert.deepEqual(
    scripts.map((lines) => lines.at(-1)),
    ['post', 'preun', 'postun'].map((name) => `echo ${name} of virt-privileges-recover.service`),
  );
  assert.match(scripts[1]?.join('\n') ?? '', /systemctl stop 'qemu-vm@\*\.service'/);
});

test('layout etc: the files are configuration', options, (context) => {
  const file = buildPackage(context, 'fedora-44', 'etc');
  assert.deepEqual(query(file, '--qf', '[%{FILENAMES} %{FILEFLAGS:fflags}\n]').toSorted(), [
    '/etc/sysusers.d/virt-privileges.conf cn',
    '/etc/sysusers.d/zz-virt-privileges-members.conf cn',
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
  writePayload(sources, payloadOf('fedora-44'));
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
  'user(qemu) = dSEgcWVtdSAxMDc6cWVtdSAicWVtdSB1c2VyIiAtIC0A',
];
const memberLines = ['groupmember(qemu/kvm)', 'user(qemu/kvm) = bSBxZW11IGt2bQAA'];
const builders: readonly (readonly [string, readonly string[]])[] = [
  ['4.18.2', [...accountLines, ...memberLines]],
  ['4.19.1', memberLines],
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
    for (const line of [...accountLines, ...memberLines]) assert.ok(provides.includes(line), line);
    if (isOld) assert.equal(providesFor(context, undefined).length, 6);
  },
);
