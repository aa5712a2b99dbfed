import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseYaml } from '../../src/formats/yaml.ts';
import { blocksOf, blockOf as findBlock, readPage } from '../support/page.ts';
import { unionOf, writePayload } from '../support/provision.ts';
import { programFile } from '../support/run-provision.ts';
import { makeScratch, projectRoot } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const text = readPage('docs/packaging.md');

const blockOf = (kind: string) => findBlock('docs/packaging.md', kind);

/** A directory with the program on its PATH. */
function follow(context: TestContext, script: string): string {
  const scratch = makeScratch(context);
  mkdirSync(join(scratch, 'bin'));
  symlinkSync(programFile, join(scratch, 'bin/provision'));
  const work = join(scratch, 'work');
  mkdirSync(work);
  const env = { PATH: `${scratch}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
  const { status, stderr } = runTool('sh', ['-e', '-c', script], { cwd: work, env });
  assert.equal(status, 0, stderr);
  return work;
}

test('every command of the page, one after the other', needs('dh'), (context) => {
  const work = follow(context, blocksOf(text, 'sh').join('\n'));
  assert.deepEqual(readdirSync(join(work, 'top/RPMS/noarch')).length, 1);
  assert.deepEqual(readdirSync(join(work, 'rebuilt/RPMS/noarch')).length, 1);
  assert.ok(readdirSync(work).some((name) => name.endsWith('_all.deb')));
});

/** The spec of somebody who pastes what the page says where it says so. */
const qemuSpec = `Name: qemu
Version: 10
Release: 1
Summary: QEMU
License: GPL-2.0-or-later
BuildArch: noarch
${blockOf('spec sources')}
%description
QEMU.

%package common
Summary: Common files
${blockOf('spec common')}
%description common
Common files.

%install
mkdir -p %{buildroot}/usr/share/qemu
${blockOf('spec install')}
${blockOf('spec scriptlets')}
%files common
%dir /usr/share/qemu
${blockOf('spec files')}
`;

for (const [macro, hasPre] of [
  ['fedora 40', true],
  ['fedora 44', false],
  ['rhel 9', true],
] as const) {
  test(`qemu.spec with the lines of the page, %${macro}`, needs('rpmbuild'), (context) => {
    const work = writePayload(makeScratch(context), unionOf());
    writeFileSync(join(work, 'qemu.spec'), qemuSpec);
    const defines = [`_sourcedir ${work}`, `_topdir ${work}/top`, macro];
    const words = defines.flatMap((define) => ['--define', define]);
    const { status, stderr } = runTool('rpmbuild', ['-ba', ...words, join(work, 'qemu.spec')]);
    assert.equal(status, 0, stderr);
    const file = join(work, 'top/RPMS/noarch/qemu-common-10-1.noarch.rpm');
    const shown = runTool('rpm', ['-qp', '--qf', '%|PREIN?{%{PREIN}}|[%{FILENAMES}\n]', file]);
    assert.match(shown.stdout, /60-virt-privileges-kvm\.rules/);
    assert.match(shown.stdout, /sysusers\.d\/virt-privileges\.conf/);
    assert.equal(/useradd/.test(shown.stdout), hasPre);
    // The source package has all that it needs.
    const again = ['--rebuild', '--define', `_topdir ${work}/again`, '--define', macro];
    const rebuilt = runTool('rpmbuild', [...again, join(work, 'top/SRPMS/qemu-10-1.src.rpm')]);
    assert.equal(rebuilt.status, 0, rebuilt.stderr);
  });
}

test('the other lines to paste are what their readers understand', () => {
  assert.equal(blockOf('spec libvirt'), 'Requires(pre): virt-privileges-host\n');
  const built = readFileSync(join(projectRoot, 'test/packages/delivery.test.ts'), 'utf8');
  for (const line of `${blockOf('spec macros')}${blockOf('spec macros-prep')}`.trim().split('\n')) {
    assert.ok(line.startsWith('BuildRequires') || built.includes(`\n${line}\n`), line);
  }
  assert.match(blockOf('spec libvirt-own'), /%include %\{SOURCE81\}/);
  const shipped = readFileSync(join(projectRoot, 'rpm/macros.virt-privileges'), 'utf8');
  for (const [, name] of text.matchAll(/%(virt_privileges_\w+)/g)) {
    assert.ok(shipped.includes(`\n%${name} `), name);
  }
  const origin = { file: '.packit.yaml', syntaxCode: 'VP_INTERNAL', valueCode: 'VP_INTERNAL' };
  assert.doesNotThrow(() => parseYaml(blockOf('yaml'), origin as Parameters<typeof parseYaml>[1]));
});
