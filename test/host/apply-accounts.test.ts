import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { applyPlan } from '../../src/host/apply.ts';
import { applyAccounts } from '../../src/host/apply-accounts.ts';
import { isAccountChange, isPending } from '../../src/host/change.ts';
import { type PreparedPlan, preparePlan } from '../../src/host/prepared-plan.ts';
import { intentOf, openTree } from '../support/host.ts';
import { rootOnly } from '../support/scratch.ts';

const bare = { 'etc/passwd': '', 'etc/group': '', 'etc/shadow': '', 'etc/gshadow': '' };

async function makeAccounts(
  context: TestContext,
  tool: 'systemd-sysusers' | 'shadow',
): Promise<PreparedPlan> {
  const root = openTree(context, bare);
  const intent = { ...intentOf('fedora-44'), parts: ['accounts'] as const };
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
}

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
