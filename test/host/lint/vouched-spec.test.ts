import assert from 'node:assert/strict';
import { chmodSync, chownSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withVouchedSpec } from '../../../src/host/lint/vouched-spec.ts';
import { makeTree } from '../../support/host.ts';
import { isRoot, rootOnly } from '../../support/scratch.ts';

const danger = 'rpm runs what its macros say, and somebody else can write';
type Row = readonly [string, (tree: string) => void, string | null];

const modes: readonly Row[] = [
  ['as it is made', () => {}, null],
  ['that everybody may write', (tree) => chmodSync(join(tree, 'x.spec'), 0o646), `${danger} it`],
  [
    'in a directory that everybody may write',
    (tree) => chmodSync(tree, 0o1777),
    `${danger} its directory`,
  ],
  ['that is a link', makeLink, 'it is a link, or not to be read any more'],
];

const owners: readonly Row[] = [
  ['of somebody else', (tree) => chownSync(join(tree, 'x.spec'), 65533, 0), `${danger} it`],
  ['in somebody else’s directory', (tree) => chownSync(tree, 65533, 0), `${danger} its directory`],
  [
    'of root that a group may write',
    (tree) => chmodSync(join(tree, 'x.spec'), 0o664),
    `${danger} it`,
  ],
];

for (const [name, prepare, expected] of isRoot ? [...modes, ...owners] : modes) {
  test(`a spec ${name}`, async (context) => {
    const tree = makeTree(context, { 'x.spec': 'Name: x\n' });
    prepare(tree);
    const file = { path: join(tree, 'x.spec'), text: 'Name: x\n' };
    assert.equal(await withVouchedSpec(file, async ({ why }) => why), expected);
  });
}

function makeLink(tree: string): void {
  renameSync(join(tree, 'x.spec'), join(tree, 'y.spec'));
  symlinkSync('y.spec', join(tree, 'x.spec'));
}

test('a spec that is no more what was read', async (context) => {
  const path = join(makeTree(context, { 'x.spec': 'Name: x\n' }), 'x.spec');
  const why = await withVouchedSpec({ path, text: '' }, async (spec) => spec.why);
  assert.equal(why, 'somebody changes it meanwhile');
});

test('beside it only regular files of the same owner count', rootOnly, async (context) => {
  const names = ['good', 'theirs', 'open'];
  const tree = makeTree(context, Object.fromEntries(names.map((name) => [name, name])));
  symlinkSync(join(tree, 'good'), join(tree, 'link'));
  chownSync(join(tree, 'theirs'), 65533, 0);
  chmodSync(join(tree, 'open'), 0o666);
  const spec = { path: join(tree, 'good'), text: 'good' };
  const found = await withVouchedSpec(spec, async (vouched) => {
    assert.ok(vouched.why === null);
    return [...names, 'link', 'absent', '.'].map(vouched.readBeside);
  });
  assert.deepEqual(found, ['good', null, null, null, null, null]);
});
