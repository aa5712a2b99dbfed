import assert from 'node:assert/strict';
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  type AccessProblem,
  checkAccess,
  checkReplacement,
  openChecker,
} from '../../../src/runtime/access.ts';
import { buildProbe } from '../../support/access-probe.ts';
import { native } from '../../support/native.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const qemu = { user: 'qemu', uid: 41000, gid: 42000, groups: [42000] };
const stranger = 41001;

/** A directory of uid 0 and this mode, with what a stranger has left there. */
function makeShared(context: TestContext, mode: number): string {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  const shared = `${top}/shared`;
  mkdirSync(shared);
  chownSync(shared, 0, qemu.gid);
  for (const [name, uid] of [
    ['theirs', stranger],
    ['roots', 0],
    ['own', qemu.uid],
  ] as const) {
    writeFileSync(`${shared}/${name}`, '');
    chmodSync(`${shared}/${name}`, 0o666);
    chownSync(`${shared}/${name}`, uid, 0);
    symlinkSync('roots', `${shared}/link-${name}`);
    lchownSync(`${shared}/link-${name}`, uid, 0);
  }
  chmodSync(shared, mode);
  return shared;
}

function allowed(problems: readonly AccessProblem[]): boolean {
  return problems.length === 0;
}

interface Case {
  readonly mode: number;
  /** Level of every protection. */
  readonly level: number;
  /** Whose files may be opened with O_CREAT, whose links followed. */
  readonly opened: readonly string[];
  readonly followed: readonly string[];
}

// From fs/namei.c: may_create_in_sticky() and may_follow_link().
const all = ['own', 'roots', 'theirs'];
const cases: readonly Case[] = [
  { mode: 0o1777, level: 0, opened: all, followed: all },
  { mode: 0o1777, level: 1, opened: ['own', 'roots'], followed: ['own', 'roots'] },
  { mode: 0o1770, level: 1, opened: all, followed: all },
  { mode: 0o1770, level: 2, opened: ['own', 'roots'], followed: all },
  { mode: 0o777, level: 2, opened: all, followed: all },
];

for (const { mode, level, opened, followed } of cases) {
  test(`protection ${level} in a directory of mode ${mode.toString(8)}`, rootOnly, (context) => {
    const shared = makeShared(context, mode);
    const checker = openChecker(native, qemu, () => level);
    const may = (name: string, creates: boolean) =>
      allowed(checkAccess(checker, `${shared}/${name}`, { write: true }, { creates }));
    assert.deepEqual(
      all.filter((name) => may(name, true)),
      opened,
    );
    assert.deepEqual(
      all.filter((name) => may(`link-${name}`, false)),
      followed,
    );
    assert.deepEqual(
      all.filter((name) => may(`link-${name}/../${name}`.replace(/^.*\//, ''), false)),
      all,
    );
  });
}

test('the refusals say what to do', rootOnly, (context) => {
  const shared = makeShared(context, 0o1777);
  const checker = openChecker(native, qemu, () => 1);
  const told = (problems: readonly AccessProblem[]) =>
    problems.map(({ lacks, message, hint }) => [lacks, message, hint]);
  assert.deepEqual(told(checkAccess(checker, `${shared}/link-theirs`, { read: true })), [
    [
      'follow',
      `${shared}/link-theirs is a link of uid ${stranger} in a sticky directory, where the kernel lets nobody else follow it`,
      `name the file itself: ${shared}/roots`,
    ],
  ]);
  const created = checkAccess(checker, `${shared}/theirs`, { write: true }, { creates: true });
  assert.deepEqual(told(created), [
    [
      'write',
      `${shared}/theirs belongs to uid ${stranger} in a sticky directory: nobody else may make it`,
      `rm ${shared}/theirs`,
    ],
  ]);
  assert.deepEqual(told(checkReplacement(checker, `${shared}/theirs`)), [
    [
      'write',
      `${shared}/theirs belongs to uid ${stranger} in a sticky directory: nobody else may remove it`,
      `rm ${shared}/theirs`,
    ],
  ]);
});

test('a link on the way, not at the end, is followed everywhere', rootOnly, (context) => {
  const shared = makeShared(context, 0o1777);
  symlinkSync('.', `${shared}/around`);
  lchownSync(`${shared}/around`, stranger, 0);
  const checker = openChecker(native, qemu, () => 1);
  assert.deepEqual(checkAccess(checker, `${shared}/around/roots`, { read: true }), []);
  assert.equal(checkAccess(checker, `${shared}/around`, { read: true }).length, 1);
});

test('what has a flag is not removed, by anybody', rootOnly, (context) => {
  const shared = makeShared(context, 0o777);
  context.after(() => runTool('chattr', ['-i', `${shared}/own`]));
  if (runTool('chattr', ['+i', `${shared}/own`]).status !== 0)
    return context.skip('no such attributes here');
  const checker = openChecker(native, qemu);
  assert.deepEqual(
    checkReplacement(checker, `${shared}/own`).map(({ message }) => message),
    [`${shared}/own cannot be removed: a flag (see lsattr) of it or its directory forbids that`],
  );
  assert.deepEqual(buildProbe(context)(qemu, [['u', `${shared}/own`]]), [false]);
  runTool('chattr', ['-i', `${shared}/own`]);
});
