import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AppError } from '../../../src/errors.ts';
import { applyPlan } from '../../../src/host/apply/apply.ts';
import type { Part } from '../../../src/host/plan/change.ts';
import { preparePlan } from '../../../src/host/plan/prepared-plan.ts';
import { openRoot } from '../../../src/host/root.ts';
import { describeRoot, makeOldRoot, temporaryFiles } from '../../support/applied-root.ts';
import { addonFile, intentOf } from '../../support/host.ts';
import { rootOnly } from '../../support/scratch.ts';

const stamp = { program: '1.2.3', time: '2026-01-01T00:00:00.000Z' };

/** Applies to an old image, and fails after so many steps. */
async function failAfter(
  context: TestContext,
  count: number,
  parts: readonly Part[],
  failure: Error,
): Promise<{ root: string; before: readonly string[]; error: AppError }> {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  const plan = await preparePlan(openRoot(root, addonFile), { ...intentOf('debian-12'), parts });
  const applying = applyPlan(
    plan,
    async (steps) => {
      for (const { run } of steps.slice(0, count)) await run();
      throw failure;
    },
    stamp,
  );
  const error = await applying.then(
    () => null,
    (cause) => cause,
  );
  assert.ok(error instanceof AppError);
  return { root, before, error };
}

const failure = new AppError('VP_FILE_WRITE', 'cannot write /x: no space left on device');

function recordsOf(root: string): readonly string[] {
  return readdirSync(join(root, 'var/lib/virt-privileges/applies'));
}

test('files are put back, and the message names them', rootOnly, async (context) => {
  const { root, before, error } = await failAfter(context, 2, ['device', 'qemu-conf'], failure);
  const [rules, tmpfiles] = [
    'udev/rules.d/60-virt-privileges-kvm.rules',
    'tmpfiles.d/zz-virt-privileges-kvm.conf',
  ];
  assert.equal(error.code, 'VP_FILE_WRITE');
  assert.equal(
    error.message,
    `cannot write /x: no space left on device; taken back: ${root}/etc/${tmpfiles}, ${root}/etc/${rules}`,
  );
  assert.deepEqual(describeRoot(root), before);
  assert.deepEqual(recordsOf(root), []);
});

test('nothing was done yet', rootOnly, async (context) => {
  const { root, before, error } = await failAfter(context, 0, ['device'], failure);
  assert.match(error.message, /; nothing else was changed$/);
  assert.deepEqual(describeRoot(root), before);
});

test('accounts stay, on record', rootOnly, async (context) => {
  const { root, error } = await failAfter(context, 2, ['accounts'], failure);
  assert.equal(
    error.hint,
    'accounts that were made stay: group libvirt-qemu, user libvirt-qemu, membership libvirt-qemu/kvm',
  );
  assert.deepEqual(recordsOf(root), ['000001.json']);
  assert.deepEqual(temporaryFiles(root), []);
});

test('a failure of any kind is rolled back', rootOnly, async (context) => {
  for (const cause of [new Error('bug'), Object.assign(new Error('x'), { code: 'EIO' })]) {
    const { root, before, error } = await failAfter(context, 9, ['qemu-conf'], cause);
    assert.match(error.message, /qemu\.conf$/);
    assert.deepEqual(describeRoot(root), before);
  }
});

test('an interruption is no failure: the work stays', rootOnly, async (context) => {
  const stop = new AppError('VP_INTERRUPTED', 'interrupted');
  const { root, before, error } = await failAfter(context, 9, ['qemu-conf'], stop);
  assert.equal(error, stop);
  assert.notDeepEqual(describeRoot(root), before);
  assert.deepEqual(recordsOf(root), ['000001.json']);
});

for (const [name, place, left] of [
  ['before it is written is not overwritten', 'first', false],
  ['after it was written is not put back', 'last', true],
] as const) {
  test(`a file that somebody changes ${name}`, rootOnly, async (context) => {
    const root = makeOldRoot(context);
    const conf = join(root, 'etc/libvirt/qemu.conf');
    const parts = ['qemu-conf', 'device'] as const;
    const plan = await preparePlan(openRoot(root, addonFile), { ...intentOf('debian-12'), parts });
    const edit = { title: 'edit', run: async () => appendFileSync(conf, '\n# edit\n') };
    const applying = applyPlan(
      plan,
      async (steps) => {
        const all = place === 'first' ? [edit, ...steps] : [...steps, edit];
        for (const { run } of all) await run();
        throw failure;
      },
      stamp,
    );
    await assert.rejects(applying, (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.hint === `left as somebody has changed it: ${conf}`, left, error.hint);
      return error.code === 'VP_FILE_WRITE';
    });
    const text = readFileSync(conf, 'utf8');
    assert.match(text, /\n# edit\n$/);
    assert.equal(/^user = "root"/m.test(text), !left);
    assert.equal(existsSync(join(root, 'etc/tmpfiles.d')), false, 'the others are taken back');
    assert.equal(recordsOf(root).length, left ? 1 : 0);
  });
}
