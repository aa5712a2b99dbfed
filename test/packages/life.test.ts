import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildHostPackage, choiceOf, runRpm } from '../support/host-package.ts';
import { payloadOf } from '../support/provision.ts';
import { needsReleases, type Release, releaseRoot, runInRoot } from '../support/release-root.ts';
import { assertAccounts, prepareAccounts } from '../support/root-accounts.ts';
import type { ToolResult } from '../support/tool.ts';

const options = needsReleases('bookworm', 'trixie', 'sid');
const name = 'virt-privileges-host';
const lives: readonly (readonly [Release, readonly string[]])[] = [
  ['bookworm', ['fedora-12', 'rhel-9']],
  ['trixie', ['rhel-10', 'fedora-42']],
  ['sid', ['fedora-41', 'fedora-45']],
];

for (const [release, ids] of lives) {
  for (const id of ids) {
    test(
      `${id} in ${release}: installed, upgraded, reinstalled, erased, installed again`,
      options,
      (context) => live(context, release, id),
    );
  }
}

function live(context: TestContext, release: Release, id: string): void {
  const old = buildHostPackage(context, release, { id });
  const newer = buildHostPackage(context, release, { id, version: '1.10.0' });
  const root = releaseRoot(context, release);
  prepareAccounts(root, 'clean');
  const step = (mode: Parameters<typeof runRpm>[1], file: string) => {
    requireSuccess(runRpm(root, mode, file));
    return { version: versionIn(root), files: filesIn(root, id), accounts: accountsIn(root) };
  };
  const first = step('-i', old);
  assertAccounts(root, choiceOf(id), 'clean');
  assert.deepEqual([first.version, first.files.missing], ['1.2.3', []]);
  assert.deepEqual(step('-U', newer), { ...first, version: '1.10.0' });
  assert.deepEqual(step('--reinstall', newer), { ...first, version: '1.10.0' });
  const erased = step('-e', name);
  assert.deepEqual([erased.version, erased.files.present], [null, []]);
  assert.equal(erased.accounts, first.accounts);
  assert.deepEqual(step('-i', old), first);
}

function requireSuccess({ status, stderr }: ToolResult): void {
  assert.equal(status, 0, stderr);
}

function versionIn(root: string): string | null {
  const { status, stdout } = runInRoot(root, ['rpm', '-q', '--qf', '%{VERSION}', name]);
  return status === 0 ? stdout : null;
}

function filesIn(root: string, id: string) {
  const paths = payloadOf(id).files.flatMap(({ destination }) => destination ?? []);
  const isThere = (path: string) => existsSync(join(root, path));
  return {
    present: paths.filter(isThere),
    missing: paths.filter((path) => !isThere(path)),
  };
}

function accountsIn(root: string): string {
  const files = ['passwd', 'group', 'shadow', 'gshadow'];
  return files.map((file) => readFileSync(join(root, 'etc', file), 'utf8')).join('\n');
}
