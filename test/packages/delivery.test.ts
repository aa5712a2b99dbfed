import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Payload } from '../../src/generate/payload.ts';
import { payloadOf, unionOf, writePayload } from '../support/provision.ts';
import { needsReleases, type Release, releaseRoot, runInRoot } from '../support/release-root.ts';
import { projectRoot, rounds } from '../support/scratch.ts';

const macros = join(projectRoot, 'rpm/macros.virt-privileges');

/** What a package is, as far as the way by which a spec took it in must not matter. */
function describe(root: string, file: string): readonly string[] {
  const tags = [
    '[file %{FILENAMES} %{FILEMODES:perms} %{FILEMD5S}\n]',
    '[requires %{REQUIRENAME} %{REQUIREFLAGS:deptype}\n]',
    '[provides %{PROVIDENAME} %{PROVIDEVERSION}\n]',
    'pre %{PREIN}\npost %{POSTIN}\narch %{ARCH}\n',
  ];
  const words = ['-qp', '--qf', tags.join(''), file];
  const { status, stdout, stderr } = runInRoot(root, ['rpm', ...words]);
  assert.equal(status, 0, stderr);
  const isOwn =
    /^(provides (virt-privileges|user-of-macros|config)|requires (rpmlib|config|\/bin\/sh))/;
  return [...new Set(stdout.split('\n'))].filter((line) => !isOwn.test(line) && line !== '');
}

/** A source package is made before what it needs is there. */
function canPackSource(root: string, spec: string): boolean {
  const words = ['-bs', '--nodeps', '--define', '_topdir /source'];
  return runInRoot(root, ['rpmbuild', ...words, spec]).status === 0;
}

/** Builds a spec of the root; returns the description of the one package, or what rpmbuild said. */
function build(root: string, spec: string, words: readonly string[]) {
  const top = ['--define', '_topdir /top', '--define', '_buildhost localhost'];
  const { status, stderr } = runInRoot(root, ['rpmbuild', '-bb', ...top, ...words, spec]);
  if (status !== 0) return { said: stderr, is: [] };
  const [name = '', ...more] = readdirSync(join(root, 'top/RPMS/noarch'));
  assert.deepEqual(more, []);
  return { said: '', is: describe(root, `/top/RPMS/noarch/${name}`) };
}

function inRoot(context: TestContext, release: Release, payload: Payload): string {
  const root = releaseRoot(context, release);
  writePayload(join(root, 'src'), payload);
  return root;
}

function buildIncluded(context: TestContext, release: Release, payload: Payload, macro: string) {
  const root = inRoot(context, release, payload);
  const words = ['--define', '_sourcedir /src', '--define', macro];
  return build(root, '/src/virt-privileges-host.spec', words);
}

// The headers say for what each was made, and it is that many bytes.
function withoutLabel({ is }: { readonly is: readonly string[] }): readonly string[] {
  return is.map((line) =>
    line.replace(/ for [\w.-]+( RPM targets)?;/, '').replace(/ \w{32,}$/, ''),
  );
}

const newer = needsReleases('trixie', 'sid');

for (const release of ['trixie', 'sid'] as const) {
  for (const id of ['fedora-41', 'fedora-44']) {
    test(
      `${release}: a specpart of ${id} makes the package that the fragments make`,
      newer,
      (context) => {
        const macro = `fedora ${id.slice(-2)}`;
        const part = payloadOf(id, undefined, 'usr', 'specpart');
        const made = buildIncluded(context, release, part, macro);
        assert.equal(made.said, '');
        const included = buildIncluded(context, release, payloadOf(id), macro);
        assert.equal(included.said, '');
        assert.deepEqual(withoutLabel(made), withoutLabel(included));
      },
    );
  }
}

const spec = `Name: user-of-macros
Version: 1
Release: 1
Summary: A package of somebody else
License: MIT
BuildArch: noarch
%{?virt_privileges_preamble}

%description
A package of somebody else.

%prep
%{!?virt_privileges_abi:echo virt-privileges-rpm-macros is not installed >&2; exit 1}

%install
%virt_privileges_install
WITH_PRE
%post
%virt_privileges_device

%files
%virt_privileges_files
`;

/** Builds a spec that uses the macros file, in the place that a package gives it. */
function buildWithMacros(
  context: TestContext,
  release: Release,
  macro: string,
  { hasPre, hasMacros = true }: { readonly hasPre: boolean; readonly hasMacros?: boolean },
) {
  const root = releaseRoot(context, release);
  writePayload(join(root, 'usr/share/virt-privileges/rpm'), unionOf());
  mkdirSync(join(root, 'usr/lib/rpm/macros.d'), { recursive: true });
  if (hasMacros) copyFileSync(macros, join(root, 'usr/lib/rpm/macros.d/macros.virt-privileges'));
  const pre = hasPre ? '\n%pre\n%virt_privileges_accounts\n' : '';
  writeFileSync(join(root, 'own.spec'), spec.replace('WITH_PRE\n', `${pre}\n`));
  assert.ok(canPackSource(root, '/own.spec'));
  return build(root, '/own.spec', ['--define', macro]);
}

const releases = ['bookworm', 'trixie', 'sid'] as const;
const options = needsReleases(...releases);
const cases = [
  { macro: 'fedora 12', hasPre: true },
  { macro: 'fedora 40', hasPre: true },
  { macro: 'fedora 44', hasPre: false },
  { macro: 'rhel 10', hasPre: true },
  { macro: 'suse_version 1600', hasPre: false },
];

for (const release of rounds(0, 1) === 1 ? releases : (['bookworm', 'sid'] as const)) {
  for (const { macro, hasPre } of cases) {
    test(
      `${release}, %${macro}: the macros make the package that the fragments make`,
      options,
      (context) => {
        const made = buildWithMacros(context, release, macro, { hasPre });
        assert.equal(made.said, '');
        const included = buildIncluded(context, release, unionOf(), macro);
        assert.equal(included.said, '');
        assert.deepEqual(made.is, included.is);
      },
    );
  }

  test(
    `${release}: without the macros a spec that uses them does not build`,
    options,
    (context) => {
      const state = { hasPre: true, hasMacros: false };
      const { said, is } = buildWithMacros(context, release, 'fedora 40', state);
      assert.deepEqual(is, []);
      assert.match(said, /^virt-privileges-rpm-macros is not installed$/m);
    },
  );
}
