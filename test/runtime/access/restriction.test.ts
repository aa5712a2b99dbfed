import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  type AccessOptions,
  checkAccess,
  openChecker,
  type Wanted,
} from '../../../src/runtime/access.ts';
import { buildProbe } from '../../support/access-probe.ts';
import { native } from '../../support/native.ts';
import { isRoot, makeScratch, rootOnly } from '../../support/scratch.ts';
import { needs, runTool } from '../../support/tool.ts';

const qemu = { user: '41000', uid: 41000, gid: 42000, groups: [42000] };

function refusals(path: string, wanted: Wanted, options: AccessOptions = {}): string[] {
  const problems = checkAccess(openChecker(native, qemu), path, wanted, options);
  return problems.map(({ lacks, message, hint }) => `${lacks}: ${message}: ${hint}`);
}

function mount(context: TestContext, options: string, fill: (place: string) => void): string {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  const place = `${top}/mount`;
  mkdirSync(place);
  assert.equal(runTool('mount', ['-t', 'tmpfs', 'none', place]).status, 0);
  chmodSync(place, 0o711);
  fill(place);
  const { status, stderr } = runTool('mount', ['-o', `remount,${options}`, place]);
  assert.equal(status, 0, stderr);
  return place;
}

function makeDisk(path: string, mode = 0o600): void {
  writeFileSync(path, '', { mode });
  chmodSync(path, mode);
  chownSync(path, qemu.uid, qemu.gid);
}

const canMount = { skip: isRoot ? needs('mount').skip : rootOnly.skip };

test('on a read-only mount nothing stored is written, and nothing claimed', canMount, (context) => {
  const place = mount(context, 'ro', (fresh) => {
    makeDisk(`${fresh}/disk`);
    runTool('mkfifo', ['-m', '0666', `${fresh}/pipe`]);
  });
  const refusal = (path: string) =>
    `write: ${path} is on a file system that is mounted read-only: mount -o remount,rw ${place}`;
  assert.deepEqual(refusals(`${place}/disk`, { read: true }), []);
  assert.deepEqual(refusals(`${place}/disk`, { write: true }), [refusal(`${place}/disk`)]);
  assert.deepEqual(refusals(`${place}/disk`, { read: true }, { owner: qemu }), [
    refusal(`${place}/disk`),
  ]);
  chmodSync(`${place}/..`, 0o711);
  assert.deepEqual(refusals(`${place}/pipe`, { write: true }), []);
  const ask = buildProbe(context);
  assert.deepEqual(
    ask(qemu, [
      ['r', `${place}/disk`],
      ['w', `${place}/disk`],
      ['w', `${place}/pipe`],
    ]),
    [true, false, true],
  );
});

test('on a noexec mount nothing is executed, by whatever link it is named', canMount, (context) => {
  const place = mount(context, 'noexec', (fresh) => {
    makeDisk(`${fresh}/emulator`, 0o755);
    mkdirSync(`${fresh}/directory`, { mode: 0o755 });
  });
  const link = `${place}/../link`;
  symlinkSync(`${place}/emulator`, link);
  assert.deepEqual(refusals(link, { execute: true }), [
    `execute: ${place}/emulator is on a file system that is mounted noexec: mount -o remount,exec ${place}`,
  ]);
  assert.deepEqual(refusals(`${place}/directory`, { execute: true }), []);
  const ask = buildProbe(context);
  assert.deepEqual(
    ask(qemu, [
      ['x', link],
      ['x', `${place}/directory`],
    ]),
    [false, true],
  );
});

test('on a nodev mount no device is opened', canMount, (context) => {
  const place = mount(context, 'nodev', (fresh) => {
    runTool('mknod', ['-m', '0666', `${fresh}/null`, 'c', '1', '3']);
  });
  assert.deepEqual(refusals(`${place}/null`, { read: true }), [
    `read: ${place}/null is a device node on a file system that is mounted nodev: name the node in /dev`,
  ]);
  assert.deepEqual(refusals('/dev/null', { read: true, write: true }), []);
  assert.deepEqual(buildProbe(context)(qemu, [['r', `${place}/null`]]), [false]);
});

const chattrWorks = (context: TestContext, path: string, flag: string) => {
  context.after(() => runTool('chattr', [`-${flag}`, path]));
  return runTool('chattr', [`+${flag}`, path]).status === 0;
};

for (const [flag, what] of [
  ['i', 'is immutable'],
  ['a', 'can only be appended to'],
] as const) {
  test(
    `a file with the attribute ${flag} is not written, though its mode says so`,
    rootOnly,
    (context) => {
      const top = makeScratch(context);
      chmodSync(top, 0o711);
      makeDisk(`${top}/disk`);
      if (!chattrWorks(context, `${top}/disk`, flag))
        return context.skip('no such attributes here');
      const refusal = `write: ${top}/disk ${what}: chattr -${flag} ${top}/disk`;
      assert.deepEqual(refusals(`${top}/disk`, { read: true }), []);
      assert.deepEqual(refusals(`${top}/disk`, { write: true }), [refusal]);
      assert.deepEqual(refusals(`${top}/disk`, { read: true }, { owner: qemu }), [refusal]);
      const answers = buildProbe(context)(qemu, [
        ['r', `${top}/disk`],
        ['w', `${top}/disk`],
      ]);
      assert.deepEqual(answers, [true, false]);
      runTool('chattr', [`-${flag}`, `${top}/disk`]);
    },
  );
}

test(
  'in an immutable directory no file is made, in one for appending some are',
  rootOnly,
  (context) => {
    const top = makeScratch(context);
    chmodSync(top, 0o711);
    const [fixed, growing] = [`${top}/fixed`, `${top}/growing`];
    for (const path of [fixed, growing]) makeDisk(path.replace(/$/, '.file'));
    for (const path of [fixed, growing]) {
      mkdirSync(path);
      chmodSync(path, 0o777);
    }
    if (!chattrWorks(context, fixed, 'i') || !chattrWorks(context, growing, 'a'))
      return context.skip('no such attributes here');
    const wanted = { write: true, execute: true };
    assert.deepEqual(refusals(fixed, wanted), [`write: ${fixed} is immutable: chattr -i ${fixed}`]);
    assert.deepEqual(refusals(growing, wanted), []);
    for (const [path, flag] of [
      [fixed, 'i'],
      [growing, 'a'],
    ])
      runTool('chattr', [`-${flag}`, `${path}`]);
  },
);
