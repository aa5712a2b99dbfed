import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import {
  type AccessIdentity,
  checkAccess,
  openChecker,
  type Wanted,
} from '../../src/runtime/access.ts';
import { native } from '../support/native.ts';
import { needsAcl, type Rights, setRights } from '../support/rights.ts';
import { makeScratch } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const wishes: Readonly<Record<string, Wanted>> = {
  r: { read: true },
  w: { write: true },
  rw: { read: true, write: true },
  x: { execute: true },
};

/** uid, gid and supplementary groups that no account of the machine bears, and root without capabilities. */
const identities: readonly AccessIdentity[] = [
  { user: '41000', uid: 41000, gid: 42000, groups: [] },
  { user: '41001', uid: 41001, gid: 42001, groups: [42001] },
  { user: '41002', uid: 41002, gid: 42002, groups: [42000, 42002, 42005] },
  { user: '41003', uid: 41003, gid: 42003, groups: [42005, 42006] },
  { user: '41004', uid: 41004, gid: 42004, groups: [] },
  { user: 'root', uid: 0, gid: 0, groups: [] },
];

const directories: readonly Rights[] = [
  [0, 0, 0o755],
  [41000, 42000, 0o700],
  [0, 42000, 0o710],
  [41001, 42001, 0o011],
  [0, 0, 0o700, 'u:41001:x,g:42005:x'],
  [0, 42000, 0o770, 'g::-,u:41004:rwx,m::r'],
  [0, 42000, 0o705, 'u:41001:-,g:42006:-'],
];

const files: readonly Rights[] = [
  [0, 0, 0o644],
  [41000, 42000, 0o640],
  [41000, 42000, 0o046],
  [41001, 42000, 0o471],
  [0, 42001, 0o066],
  [0, 0, 0o600, 'u:41001:rw,u:41002:r,g:42003:rw'],
  [0, 42000, 0o640, 'g:42005:w,o::x'],
  [0, 42002, 0o660, 'g::r,g:42005:w,g:42006:r,m::rw'],
  [41001, 42001, 0o604, 'u:41003:-,g:42002:r'],
  // An empty mask: the kernel then looks past the list at the bits for others.
  [0, 42000, 0o604, 'u:41001:rw,g:42005:rw,m::-'],
  [0, 0, 0o606, 'u:41004:rwx,g::rwx,m::x'],
];

function makeMatrix(context: TestContext): string[] {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  const paths = directories.flatMap((rights, number) => {
    const directory = `${top}/d${number}`;
    mkdirSync(directory);
    const inside = files.map((_, index) => `${directory}/f${index}`);
    for (const [index, path] of inside.entries()) {
      writeFileSync(path, '');
      setRights(path, files[index] ?? [0, 0, 0]);
    }
    setRights(directory, rights);
    return inside;
  });
  symlinkSync('d1/f0', `${top}/link`);
  symlinkSync('d0', `${top}/way`);
  return [...paths, `${top}/link`, `${top}/way/f5`, `${top}/d2/../d0/f1`];
}

/** What a real process of this identity, without capabilities, may do: one line a path, one letter a wish. */
function askKernel({ uid, gid, groups }: AccessIdentity, paths: readonly string[]): string[] {
  const script = `for path in "$@"; do
    true <"$path" && printf r; true >>"$path" && printf w; true <>"$path" && printf b
    test -x "$path" && printf x; echo
  done 2>/dev/null`;
  const result = runTool('setpriv', [
    ...['--reuid', String(uid), '--regid', String(gid)],
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups']),
    ...['--bounding-set', '-all', '--inh-caps', '-all', '/bin/sh', '-c', script, 'sh', ...paths],
  ]);
  assert.equal(result.status, 0, result.stderr);
  return result.stdout.split('\n').slice(0, -1);
}

function ask(identity: AccessIdentity, path: string): string {
  const granted = Object.entries(wishes).filter(
    ([, wanted]) => checkAccess(openChecker(native, identity), path, wanted).length === 0,
  );
  return granted.map(([name]) => (name === 'rw' ? 'b' : name)).join('');
}

for (const identity of identities) {
  test(`agrees with the kernel about ${identity.user} on every path`, needsAcl, (context) => {
    const paths = makeMatrix(context);
    const answers = askKernel(identity, paths);
    assert.equal(answers.length, paths.length);
    assert.ok(answers.includes('rwb') || answers.includes('r'), 'some path can be used');
    for (const [index, path] of paths.entries()) {
      assert.equal(ask(identity, path), answers[index], `${identity.user} on ${path}`);
    }
  });
}

test('each hint leads a step on, until the kernel agrees', needsAcl, (context) => {
  const stranger: AccessIdentity = {
    user: '41003',
    uid: 41003,
    gid: 42003,
    groups: [42005, 42006],
  };
  const paths = makeMatrix(context);
  for (const path of paths) {
    for (const wanted of [{ read: true, write: true }, { read: true }]) {
      const ask = () => checkAccess(openChecker(native, stranger), path, wanted)[0];
      let problem = ask();
      for (let steps = 0; problem !== undefined; steps += 1) {
        assert.ok(steps < 4, `no hint helps with ${path}`);
        const result = runTool('/bin/sh', ['-c', problem.hint]);
        assert.equal(result.status, 0, result.stderr);
        problem = ask();
      }
    }
  }
  const usable = askKernel(stranger, paths).every((answer) => answer.includes('rwb'));
  assert.ok(usable, 'every path can be read and written after the hints were followed');
});
