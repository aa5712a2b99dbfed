import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyPlan } from '../../../src/host/apply/apply.ts';
import { preparePlan } from '../../../src/host/plan/prepared-plan.ts';
import { removeAccounts } from '../../../src/host/revert/remove-accounts.ts';
import { openRoot } from '../../../src/host/root.ts';
import { describeRoot, makeOldRoot } from '../../support/applied-root.ts';
import { addonFile, intentOf, openTree } from '../../support/host.ts';
import { run, runProvision } from '../../support/run-provision.ts';
import { isRoot, rootOnly } from '../../support/scratch.ts';
import { needs } from '../../support/tool.ts';

const accounts = [
  { kind: 'membership', user: 'qemu', group: 'kvm' },
  { kind: 'user', name: 'qemu', id: 107 },
  { kind: 'group', name: 'qemu', id: 107 },
] as const;

for (const tool of ['systemd-sysusers', 'shadow'] as const) {
  test(`what ${tool} made of accounts goes without a trace`, rootOnly, async (context) => {
    const root = makeOldRoot(context);
    const before = describeRoot(root);
    const intent = { ...intentOf('debian-12'), parts: ['accounts'] as const };
    const plan = await preparePlan(openRoot(root, addonFile), intent);
    await applyPlan(
      { ...plan, facts: { ...plan.facts, accountTool: tool } },
      async (steps) => {
        for (const { run } of steps) await run();
      },
      { program: '1.2.3', time: '2026-01-01T00:00:00.000Z' },
    );
    assert.match(readFileSync(join(root, 'etc/shadow'), 'utf8'), /^libvirt-qemu:/m);
    const { exitCode, stderr } = runProvision('revert', '--accounts', '--root', root);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(describeRoot(root), before);
  });
}

test('owner, mode and attributes of the account files stay', rootOnly, async (context) => {
  const root = makeOldRoot(context);
  const passwd = join(root, 'etc/passwd');
  run('setfattr', ['-n', 'user.note', '-v', 'kept', passwd]);
  run('chmod', ['640', passwd]);
  run('chown', ['0:42', passwd]);
  const before = describeRoot(root);
  appendFileSync(passwd, 'qemu:x:107:107::/:/bin/sh\n');
  await removeAccounts(openRoot(root, addonFile), accounts, []);
  assert.deepEqual(describeRoot(root), before);
});

test('a link in the place of an account file is not followed', rootOnly, async (context) => {
  const root = openTree(context, { 'etc/group': 'qemu:x:107:\n', other: 'qemu:x:107:107::/:/\n' });
  symlinkSync('/other', join(root.path, 'etc/passwd'));
  await assert.rejects(removeAccounts(root, accounts, []), { code: 'VP_PATH_KIND' });
  assert.match(readFileSync(join(root.path, 'other'), 'utf8'), /^qemu/);
});

// lckpwdf(3) of the C library, as useradd and systemd-sysusers take it.
const locker = `import fcntl, struct, sys, time
f = open(sys.argv[1], 'w')
fcntl.fcntl(f, fcntl.F_SETLKW, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
print('locked', flush=True)
time.sleep(1)
`;

test(
  'waits for whoever holds the lock of the account tools',
  isRoot ? needs('python3') : rootOnly,
  async (context) => {
    const root = openTree(context, { 'etc/passwd': 'qemu:x:107:107::/:/\n', 'etc/.pwd.lock': '' });
    const holder = spawn('python3', ['-c', locker, join(root.path, 'etc/.pwd.lock')]);
    context.after(() => holder.kill());
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const start = performance.now();
    await removeAccounts(root, accounts, []);
    assert.ok(performance.now() - start > 500);
    assert.equal(readFileSync(join(root.path, 'etc/passwd'), 'utf8'), '');
  },
);
