import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Payload } from '../../../src/generate/payload.ts';
import { canBuild, sharedPackages } from '../../support/package-build.ts';
import { payloadOf, unionOf, writePayload } from '../../support/provision.ts';
import { canLint, runRpmlint } from '../../support/rpmlint.ts';
import { makeScratch } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const options = canBuild.skip === false ? canLint() : canBuild;

test(
  'rpmlint, as Fedora configures it, finds no error in the packages of the programs',
  options,
  async () => {
    const { programs, host, macros, source } = await sharedPackages();
    const lines = runRpmlint([programs, host, macros, source]);
    assert.deepEqual(lines, []);
  },
);

/** The generated example spec, built; the paths of its packages. */
function buildHost(context: TestContext, payload: Payload): readonly string[] {
  const top = makeScratch(context);
  const sources = writePayload(makeScratch(context), payload);
  const defines = ['--define', `_sourcedir ${sources}`, '--define', `_topdir ${top}`];
  const spec = join(sources, 'virt-privileges-host.spec');
  const { status, stderr } = runTool('rpmbuild', ['-ba', ...defines, spec]);
  assert.equal(status, 0, stderr);
  return ['SRPMS', 'RPMS/noarch'].flatMap((directory) =>
    readdirSync(join(top, directory)).map((name) => join(top, directory, name)),
  );
}

const payloads: Readonly<Record<string, () => Payload>> = {
  'fedora-44': () => payloadOf('fedora-44'),
  'fedora-41': () => payloadOf('fedora-41'),
  all: unionOf,
};

for (const [id, payload] of Object.entries(payloads)) {
  test(`rpmlint finds nothing in the generated package of ${id}`, options, (context) => {
    assert.deepEqual(runRpmlint(buildHost(context, payload()), { isPart: true }), []);
  });
}
