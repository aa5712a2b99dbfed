import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { buildHostPackage, choiceOf, runRpm } from '../support/host-package.ts';
import { policyOf, target, targets } from '../support/provision.ts';
import { needsReleases, type Release, releaseRoot } from '../support/release-root.ts';
import {
  type AccountState,
  assertAccounts,
  prepareAccounts,
  readAccounts,
} from '../support/root-accounts.ts';
import { rounds } from '../support/scratch.ts';

const releases = ['bookworm', 'trixie', 'sid'] as const satisfies readonly Release[];
const options = needsReleases(...releases);

/** Targets whose packages bring the accounts themselves; openSUSE has packages of its own for that. */
const all = targets
  .filter(({ accountPackages }) => accountPackages.length === 0)
  .map(({ id }) => id);
const oneOfEachKind = ['fedora-12', 'rhel-7', 'rhel-10', 'fedora-41', 'fedora-44', 'debian-13'];
const ids = rounds(0, 1) === 1 ? all : oneOfEachKind;
const states: readonly AccountState[] = ['clean', 'gid 107 is kvm'];

/** How rpm makes accounts of sysusers.d files: by the program of Fedora, or by its own script. */
const programs = {
  'systemd-sysusers': ['__systemd_sysusers /usr/bin/systemd-sysusers'],
  'the script of rpm': [],
} as const;
type Program = keyof typeof programs;

for (const builder of releases) {
  for (const id of ids) {
    test(`${id}, built in ${builder}: the accounts are as the policy says`, options, (context) =>
      installEverywhere(context, builder, id),
    );
  }
}

async function installEverywhere(context: TestContext, builder: Release, id: string) {
  const file = buildHostPackage(context, builder, { id });
  for (const installer of installersOf(id)) {
    for (const program of programsOf(installer)) {
      for (const state of states) {
        await context.test(`${installer}, ${program}, ${state}`, (context) =>
          assertInstalls(context, file, { id, installer, program, state }),
        );
      }
    }
  }
}

// Before 4.19 rpm makes no account of a sysusers.d file.
function installersOf(id: string): readonly Release[] {
  return releases.filter((name) => target(id).accounts === 'scriptlet' || name !== 'bookworm');
}

function programsOf(installer: Release): readonly Program[] {
  return installer === 'bookworm'
    ? ['the script of rpm']
    : ['systemd-sysusers', 'the script of rpm'];
}

interface Case {
  readonly id: string;
  readonly installer: Release;
  readonly program: Program;
  readonly state: AccountState;
}

function assertInstalls(context: TestContext, file: string, one: Case): void {
  const root = releaseRoot(context, one.installer);
  prepareAccounts(root, one.state);
  const { status, stderr } = runRpm(root, '-i', file, { defines: programs[one.program] });
  assert.equal(status, 0, stderr);
  assertAccounts(root, choiceOf(one.id), one.state);
}

for (const installer of ['trixie', 'sid'] as const) {
  for (const id of ['fedora-41', 'fedora-44']) {
    for (const state of ['uid 107 is taken', 'the user exists'] as const) {
      for (const program of ['systemd-sysusers', 'the script of rpm'] as const) {
        test(`${id} in ${installer} by ${program}: ${state}`, options, (context) => {
          const file = buildHostPackage(context, installer, { id });
          assertInstalls(context, file, { id, installer, program, state });
        });
      }
    }
  }
}

test('rpm 4.18 makes no account of a native package', options, (context) => {
  const file = buildHostPackage(context, 'bookworm', { id: 'fedora-44' });
  const root = releaseRoot(context, 'bookworm');
  prepareAccounts(root, 'clean');
  assert.equal(runRpm(root, '-i', file).status, 0);
  assert.equal(readAccounts(root, policyOf('fedora-44').policy).user, undefined);
});
