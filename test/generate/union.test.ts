import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Payload } from '../../src/generate/payload.ts';
import { payloadOf, targets, textOf, unionOf, writePayload } from '../support/provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const releases = targets.filter(({ rpmMacro }) => rpmMacro !== null);
const policies = ['world', 'group', 'uaccess'].map((access) => `kvm: {access: ${access}}\n`);

function write(context: TestContext, payload: Payload): string {
  return writePayload(makeScratch(context), payload);
}

/** The spec as rpm reads it on a builder with this macro, without what must differ in one set for all. */
function parseSpec(directory: string, macro: string): string {
  const spec = join(directory, 'virt-privileges-host.spec');
  const defines = ['--define', `_sourcedir ${directory}`, '--define', macro];
  const { status, stdout, stderr } = runTool('rpmspec', ['-P', ...defines, spec]);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout
    .replaceAll(directory, 'DIR')
    .replaceAll(/^(Source\d+:|#) .*\n/gm, '')
    .replace(/as made for .*\.$/m, '')
    .replace(/^- Made for .*$/m, '')
    .replaceAll(
      /(80-kvm|virt-privileges(?:-members)?)\.[a-z]+-[\w.-]+?\.(rules|sysusers)/g,
      '$1.$2',
    )
    .replaceAll(/\n+/g, '\n');
}

for (const policy of policies) {
  test(
    `one set is each target’s own spec where it is built, ${policy}`,
    needs('rpmspec'),
    (context) => {
      const all = write(context, unionOf(policy));
      for (const { id, rpmMacro, rpmMacroValue } of releases) {
        const macro = `${rpmMacro} ${rpmMacroValue}`;
        assert.equal(
          parseSpec(all, macro),
          parseSpec(write(context, payloadOf(id, policy)), macro),
          id,
        );
      }
    },
  );
}

test('every file that a target installs has the bytes that its own payload has', () => {
  const union = unionOf();
  for (const { id } of releases) {
    const install = textOf(payloadOf(id), 'virt-privileges-install.inc');
    for (const [, name = ''] of install.matchAll(/\}\/([\w.-]+) %\{buildroot\}/g)) {
      const own = textOf(payloadOf(id), name).replace(` for ${id};`, ' for all RPM targets;');
      const texts = union.files
        .filter((file) => isVariant(file.name, name))
        .map(({ text }) => text);
      assert.ok(texts.includes(own), `${id} ${name}`);
    }
  }
});

function isVariant(name: string, plain: string): boolean {
  const [stem = '', extension = ''] = plain.split(/(\.[^.]*)$/);
  return name === plain || (name.startsWith(`${stem}.`) && name.endsWith(extension));
}

test('the manifest of the set names its targets', () => {
  const manifest = JSON.parse(textOf(unionOf(), 'manifest.json'));
  assert.equal(manifest.target, 'all');
  assert.deepEqual(
    manifest.targets,
    releases.map(({ id }) => id).filter((id) => !id.startsWith('centos')),
  );
});
