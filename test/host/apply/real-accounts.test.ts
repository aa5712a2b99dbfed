import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeBelow } from '../../support/host.ts';
import { policyOf, target } from '../../support/provision.ts';
import { bindInto, needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import {
  type AccountState,
  assertAccounts,
  prepareAccounts,
  readAccounts,
} from '../../support/root-accounts.ts';
import { type Run, runProvision } from '../../support/run-provision.ts';
import { projectRoot, rounds } from '../../support/scratch.ts';

const options = needsReleases('trixie');
/** The running system differs from an image only in its own tools: in short, just where those could. */
const optionsFor = (way: keyof typeof ways, state: string) => {
  const isShort = way === 'an image' || ['clean', 'kvm is in /usr/lib only'].includes(state);
  return isShort || rounds(0, 1) === 1 ? options : { skip: 'only in the long run' };
};
const choice = { target: target('fedora-44'), policy: policyOf('fedora-44').policy };
type Apply = (...words: readonly string[]) => Run;

/** From outside with this machine's tools, and as the running system with its own. */
const ways = {
  'an image': (root: string): Apply => {
    return (...words) => runProvision(...wordsOf(words), '--root', root);
  },
  'a running system': (root: string): Apply => {
    const program = `${bindInto(root, '/opt/program', projectRoot)}/dist/provision.mjs`;
    return (...words) => {
      const { status, ...said } = runInRoot(root, ['node', program, ...wordsOf(words)]);
      return { exitCode: status, ...said };
    };
  },
} as const;

function wordsOf(words: readonly string[]): readonly string[] {
  return ['apply', '--target', 'fedora-44', '--only', 'accounts', ...words];
}

type Prepared = readonly [root: string, apply: Apply];

function prepare(context: TestContext, way: keyof typeof ways, state: AccountState): Prepared {
  const root = releaseRoot(context, 'trixie');
  prepareAccounts(root, state);
  return [root, ways[way](root)];
}

function assertConverged(apply: Apply): void {
  const { exitCode, stdout } = apply();
  assert.deepEqual([exitCode, stdout], [0, 'no changes\n']);
}

const collisions = {
  'gid 107 is kvm': 'gid 107 for group qemu belongs to group kvm',
  'uid 107 is taken': 'uid 107 for user qemu belongs to user somebody',
} as const;

for (const way of ['an image', 'a running system'] as const) {
  test(`${way}: clean`, optionsFor(way, 'clean'), (context) => {
    const [root, apply] = prepare(context, way, 'clean');
    assert.equal(apply().exitCode, 0);
    assertAccounts(root, choice, 'clean');
    assertConverged(apply);
  });

  for (const state of ['gid 107 is kvm', 'uid 107 is taken'] as const) {
    test(`${way}: ${state}`, optionsFor(way, state), (context) => {
      const [root, apply] = prepare(context, way, state);
      const before = readAll(root);
      const refused = apply();
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, new RegExp(`^provision: error: ${collisions[state]}$`, 'm'));
      assert.match(refused.stderr, /^provision: hint: choose another .* --accept-ids$/m);
      assert.equal(readAll(root), before, 'nothing was changed');
      const accepted = apply('--accept-ids');
      assert.equal(accepted.exitCode, 0, accepted.stderr);
      const id = state.slice(0, 3);
      const warning = `${collisions[state]}: qemu gets whichever ${id} is free`;
      assert.match(accepted.stderr, new RegExp(`^provision: warning: ${warning}$`, 'm'));
      assertAccounts(root, choice, state);
      assertConverged(apply);
    });
  }

  test(
    `${way}: the user exists with other ids`,
    optionsFor(way, 'the user exists with other ids'),
    (context) => {
      const [root, apply] = prepare(context, way, 'the user exists');
      const { exitCode, stderr } = apply();
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /warning: user qemu has uid 801, the policy says 107: it is kept$/m);
      assertAccounts(root, choice, 'the user exists');
      assertConverged(apply);
    },
  );

  test(`${way}: kvm is in /usr/lib only`, optionsFor(way, 'kvm is in /usr/lib only'), (context) => {
    const [root, apply] = prepare(context, way, 'clean');
    writeBelow(root, 'usr/lib/group', 'kvm:x:78:\n');
    const { exitCode, stderr } = apply();
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /info: group kvm is in \/usr\/lib\/group only: it is copied/m);
    const { kvmGid, members, hiddenMembers } = readAccounts(root, choice.policy);
    assert.deepEqual([kvmGid, members, hiddenMembers], [78, ['qemu'], ['qemu']]);
    assertConverged(apply);
  });

  test(
    `${way}: the user is in /usr/lib only`,
    optionsFor(way, 'the user is in /usr/lib only'),
    (context) => {
      const [root, apply] = prepare(context, way, 'clean');
      writeBelow(root, 'usr/lib/group', 'kvm:x:78:\nqemu:x:123:\n');
      writeBelow(root, 'usr/lib/passwd', 'qemu:x:234:123:of 100% "it":/srv:/bin/false\n');
      const { exitCode, stderr } = apply();
      assert.equal(exitCode, 0, stderr);
      const passwd = readFileSync(join(root, 'etc/passwd'), 'utf8');
      assert.match(passwd, /^qemu:x:234:123:of 100% "it":\/srv:\/bin\/false$/m);
      assert.deepEqual(readAccounts(root, choice.policy).members, ['qemu']);
      assertConverged(apply);
    },
  );

  test(
    `${way}: one group for QEMU and the node, and a user that is there`,
    optionsFor(way, 'one group for QEMU and the node, and a user that is there'),
    (context) => {
      const [root, apply] = prepare(context, way, 'the user exists');
      appendFileSync(join(root, 'etc/group'), 'kvm:x:36:\n');
      const one = ['--set', 'group.name=kvm'];
      assert.equal(apply(...one).exitCode, 0);
      assert.deepEqual(readAccounts(root, choice.policy).members, ['qemu']);
      assert.equal(apply(...one).stdout, 'no changes\n');
    },
  );
}

function readAll(root: string): string {
  return ['passwd', 'group', 'shadow', 'gshadow']
    .map((name) => readFileSync(join(root, 'etc', name), 'utf8'))
    .join('');
}
