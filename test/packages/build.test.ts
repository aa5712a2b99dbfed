import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { accountProvides } from '../../src/generate/account-provides.ts';
import { bringIn, buildHostPackage, runRpm } from '../support/host-package.ts';
import { payloadOf, target, targets } from '../support/provision.ts';
import { needsReleases, type Release, releaseRoot, runInRoot } from '../support/release-root.ts';
import { rounds } from '../support/scratch.ts';

const builders = ['bookworm', 'trixie', 'sid'] as const satisfies readonly Release[];
const options = needsReleases(...builders);
const all = targets.map(({ id }) => id);
const some = [
  'fedora-17',
  'rhel-8',
  'fedora-42',
  'opensuse-tumbleweed',
  'debian-13',
  'ubuntu-24.04',
];

for (const builder of builders) {
  for (const id of rounds(0, 1) === 1 ? all : some) {
    test(`${id} builds in ${builder}`, options, (context) => {
      const file = buildHostPackage(context, builder, { id });
      assert.deepEqual(
        query(context, builder, file, '-l'),
        payloadOf(id)
          .files.flatMap(({ destination }) => destination ?? [])
          .toSorted(),
      );
      // What the rpm of the target makes accounts of is the same, whoever has built the package.
      if (target(id).accounts === 'native') {
        const provides = query(context, builder, file, '--provides');
        for (const line of accountLines(id)) assert.ok(provides.includes(line), line);
      }
    });
  }
}

function query(
  context: TestContext,
  release: Release,
  file: string,
  ...words: readonly string[]
): readonly string[] {
  const root = releaseRoot(context, release);
  const { status, stdout, stderr } = runInRoot(root, ['rpm', '-qp', ...words, bringIn(root, file)]);
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n').toSorted();
}

function accountLines(id: string): readonly string[] {
  const files = payloadOf(id).files.filter(({ role }) => role === 'sysusers');
  return accountProvides(files.map(({ text }) => text).join('')).map(({ text }) => text);
}

test('the package format of rpm 6 builds and installs with rpm 6', options, (context) => {
  const file = buildHostPackage(context, 'sid', { id: 'fedora-45', format: 6 });
  assert.deepEqual(query(context, 'sid', file, '--qf', '%{RPMFORMAT}\n'), ['6']);
  assert.equal(runRpm(releaseRoot(context, 'sid'), '-i', file).status, 0);
});
