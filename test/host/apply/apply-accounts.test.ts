import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findGroup } from '../../../src/formats/group.ts';
import { findUser } from '../../../src/formats/passwd.ts';
import { applyPlan } from '../../../src/host/apply/apply.ts';
import { applyAccounts } from '../../../src/host/apply/apply-accounts.ts';
import { requireProof } from '../../../src/host/apply/proof.ts';
import { isAccountChange, isPending } from '../../../src/host/plan/change.ts';
import { noConsent } from '../../../src/host/plan/intent.ts';
import { type PreparedPlan, preparePlan } from '../../../src/host/plan/prepared-plan.ts';
import { intentOf, openTree } from '../../support/host.ts';
import { rootOnly } from '../../support/scratch.ts';

const bare = { 'etc/passwd': '', 'etc/group': '', 'etc/shadow': '', 'etc/gshadow': '' };

async function makeAccounts(
  context: TestContext,
  tool: 'systemd-sysusers' | 'shadow',
  files: Readonly<Record<string, string>> = {},
): Promise<PreparedPlan> {
  const root = openTree(context, { ...bare, ...files });
  const consent = { ...noConsent, acceptIds: true };
  const intent = { ...intentOf('fedora-44'), parts: ['accounts'] as const, consent };
  const plan = await preparePlan(root, intent);
  const changes = plan.changes.filter(isPending).filter(isAccountChange);
  await applyAccounts({ ...plan, facts: { ...plan.facts, accountTool: tool } }, changes);
  return preparePlan(root, intent);
}

for (const tool of ['systemd-sysusers', 'shadow'] as const) {
  test(`${tool} makes exactly the planned accounts in the image`, rootOnly, async (context) => {
    const now = await makeAccounts(context, tool);
    assert.deepEqual(now.changes.filter(isAccountChange).filter(isPending), []);
    const passwd = readFileSync(join(now.root.path, 'etc/passwd'), 'utf8');
    assert.match(passwd, /^qemu:x:107:107:qemu user:\/:\/(usr\/)?sbin\/nologin\n$/);
    const group = readFileSync(join(now.root.path, 'etc/group'), 'utf8');
    assert.equal(group, 'kvm:x:36:qemu\nqemu:x:107:\n');
  });

  test(`${tool} takes a free id where the one wanted is taken`, rootOnly, async (context) => {
    const { facts, changes } = await makeAccounts(context, tool, {
      'etc/passwd': 'tss:x:107:107::/:/bin/sh\n',
      'etc/group': 'tss:x:107:\n',
    });
    assert.deepEqual(changes.filter(isAccountChange).filter(isPending), []);
    const [user, group] = [findUser(facts.users, 'qemu'), findGroup(facts.groups, 'qemu')];
    assert.ok(user !== undefined && user.uid !== 107 && user.uid > 0 && user.uid < 1000);
    assert.deepEqual([user.gid, group?.gid !== 107], [group?.gid, true]);
    const { shadow } = facts;
    assert.deepEqual(shadow.users, [{ name: 'qemu', isLocked: true }]);
    assert.deepEqual(shadow.groups?.find(({ name }) => name === 'kvm')?.members, ['qemu']);
  });

  test(`${tool} copies what an image has in /usr/lib only`, rootOnly, async (context) => {
    const { facts, changes } = await makeAccounts(context, tool, {
      'usr/lib/passwd': 'qemu:x:234:123:it:/srv:/bin/false\n',
      'usr/lib/group': 'kvm:x:78:\nqemu:x:123:\n',
    });
    assert.deepEqual(changes.filter(isAccountChange).filter(isPending), []);
    assert.deepEqual(facts.elsewhere, { users: {}, groups: {} });
    assert.deepEqual(facts.users, [...facts.users.slice(1), ...facts.users.slice(1)]);
    assert.deepEqual(findGroup(facts.groups, 'kvm'), { name: 'kvm', gid: 78, members: ['qemu'] });
  });
}

test('what a tool leaves out of the hidden files is noticed', rootOnly, async (context) => {
  const plan = await preparePlan(openTree(context, bare), intentOf('fedora-44'));
  const message = 'user qemu is missing in /etc/shadow';
  const finding = { code: 'VP_WARN_ACCOUNTS', severity: 'warning', message, hint: '' } as const;
  const now = { ...plan, changes: [], findings: [finding] };
  assert.throws(() => requireProof(plan, now), {
    code: 'VP_APPLY_UNPROVEN',
    message: `${plan.root.path} was changed, but ${message}`,
  });
  requireProof({ ...plan, findings: [finding] }, now);
});

test('an id that was taken meanwhile is noticed afterwards', rootOnly, async (context) => {
  const root = openTree(context, { ...bare, 'etc/group': 'other:x:107:\n' });
  const plan = await preparePlan(root, { ...intentOf('fedora-44'), parts: ['accounts'] });
  const blind = { ...plan, findings: [] };
  await assert.rejects(
    applyPlan(
      blind,
      async (steps) => {
        for (const { run } of steps) await run();
      },
      { program: '1.2.3', time: '2026-01-01T00:00:00.000Z' },
    ),
    (error: Error) => {
      assert.match(error.message, /group qemu has gid \d+ instead of 107/);
      return 'code' in error && error.code === 'VP_APPLY_UNPROVEN';
    },
  );
});
