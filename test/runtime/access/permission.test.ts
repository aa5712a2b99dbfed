import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type AccessIdentity,
  type AccessOptions,
  type AccessProblem,
  checkAccess,
  openChecker,
  type Wanted,
} from '../../../src/runtime/access.ts';
import { native } from '../../support/native.ts';
import { needsAcl, type Rights, setRights } from '../../support/rights.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

const qemu: AccessIdentity = { user: 'qemu', uid: 41000, gid: 42000, groups: [42000, 42005] };

function ask(path: string, wanted: Wanted, options: AccessOptions = {}) {
  return checkAccess(openChecker(native, qemu), path, wanted, options);
}

interface Refusal {
  readonly what: string;
  readonly directory: Rights;
  readonly file: Rights;
  readonly wanted: Wanted;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly component: 'directory' | 'file';
  readonly lacks: string;
  readonly rights: string;
  readonly fix: string;
}

const open: Rights = [0, 0, 0o755];
const refusals: readonly Refusal[] = [
  {
    what: 'a directory of somebody else',
    directory: [41001, 42001, 0o750],
    file: [0, 0, 0o666],
    wanted: { read: true },
    component: 'directory',
    lacks: 'search',
    rights: 'mode 0750, owner 41001:42001',
    fix: 'setfacl -m u:qemu:x',
  },
  {
    what: 'a group that may list but not search keeps that right',
    directory: [0, 42005, 0o740],
    file: [0, 0, 0o666],
    wanted: { read: true },
    component: 'directory',
    lacks: 'search',
    rights: 'mode 0740, owner 0:42005',
    fix: 'setfacl -m u:qemu:rx',
  },
  {
    what: 'a file that is only readable',
    directory: open,
    file: [0, 0, 0o644],
    wanted: { read: true, write: true },
    component: 'file',
    lacks: 'write',
    rights: 'mode 0644, owner 0:0',
    fix: 'setfacl -m u:qemu:rw',
  },
  {
    what: 'the identity’s own file',
    directory: open,
    file: [41000, 42000, 0o066],
    wanted: { read: true },
    component: 'file',
    lacks: 'read',
    rights: 'mode 0066, owner 41000:42000',
    fix: 'chmod u+r',
  },
  {
    what: 'a claim that would not be enough',
    directory: open,
    file: [41001, 42001, 0o400],
    wanted: { read: true, write: true },
    owner: qemu,
    component: 'file',
    lacks: 'write',
    rights: 'mode 0400, owner 41000:42000',
    fix: 'chmod u+rw',
  },
  {
    what: 'an emulator that may not be executed',
    directory: open,
    file: [0, 0, 0o744],
    wanted: { execute: true },
    component: 'file',
    lacks: 'execute',
    rights: 'mode 0744, owner 0:0',
    fix: 'setfacl -m u:qemu:rx',
  },
  {
    what: 'two groups that grant one right each',
    directory: open,
    file: [0, 42000, 0o640, 'g:42005:w,m::rw'],
    wanted: { read: true, write: true },
    component: 'file',
    lacks: 'write',
    rights: 'mode 0660, owner 0:42000',
    fix: 'setfacl -m u:qemu:rw',
  },
];

for (const { what, wanted, owner, component, lacks, rights, fix, ...made } of refusals) {
  test(`says no and why: ${what}`, needsAcl, (context) => {
    const top = makeScratch(context);
    chmodSync(top, 0o711);
    mkdirSync(`${top}/it's here`);
    const file = `${top}/it's here/disk`;
    writeFileSync(file, '');
    setRights(file, made.file);
    setRights(`${top}/it's here`, made.directory);
    const path = component === 'file' ? file : `${top}/it's here`;
    assert.deepEqual(ask(file, wanted, owner === undefined ? {} : { owner }), [
      {
        code: 'VP_PATH_ACCESS',
        component: path,
        lacks,
        message: `user qemu lacks ${lacks} permission on ${path} (${rights})`,
        hint: `${fix} '${path.replace("'", "'\\''")}'`,
      },
    ]);
  });
}

test('a claim is judged as if it were made', rootOnly, (context) => {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  writeFileSync(`${top}/disk`, '');
  setRights(`${top}/disk`, [41001, 42001, 0o600]);
  const wanted = { read: true, write: true };
  assert.equal(ask(`${top}/disk`, wanted)[0]?.lacks, 'read');
  assert.deepEqual(ask(`${top}/disk`, wanted, { owner: qemu }), []);
});

test('every component that says no is named, and one that is missing too', rootOnly, (context) => {
  const top = makeScratch(context);
  mkdirSync(`${top}/a/b`, { recursive: true, mode: 0o700 });
  writeFileSync(`${top}/a/b/disk`, '', { mode: 0o600 });
  const refused = (path: string) => ask(`${top}/${path}`, { read: true }).map(lacking);
  function lacking({ component, lacks, code }: AccessProblem): string {
    return `${code} ${lacks} ${component.slice(top.length)}`;
  }
  assert.deepEqual(refused('a/b/../b/disk'), [
    'VP_PATH_ACCESS search ',
    'VP_PATH_ACCESS search /a',
    'VP_PATH_ACCESS search /a/b',
    'VP_PATH_ACCESS read /a/b/disk',
  ]);
  assert.deepEqual(refused('a/none/disk'), [
    'VP_PATH_ACCESS search ',
    'VP_PATH_ACCESS search /a',
    'VP_PATH_MISSING existence /a/none',
  ]);
  chmodSync(top, 0o711);
  assert.deepEqual(ask(`${top}/none`, {}), [
    {
      code: 'VP_PATH_MISSING',
      component: `${top}/none`,
      lacks: 'existence',
      message: `${top}/none does not exist`,
      hint: 'make it first (for a disk: qemu-img create), or correct the path',
    },
  ]);
});

test('a directory is of no use to who may not search it', rootOnly, (context) => {
  const top = makeScratch(context);
  chmodSync(top, 0o744);
  assert.deepEqual(
    ask(top, { read: true }).map(({ lacks, hint }) => [lacks, hint]),
    [['search', `setfacl -m u:qemu:rx ${top}`]],
  );
});

test(
  'names with control characters are quoted so that they can be shown and copied',
  rootOnly,
  (context) => {
    const top = makeScratch(context);
    chmodSync(top, 0o711);
    const path = `${top}/a\n\u001b[1m'b`;
    writeFileSync(path, '', { mode: 0o600 });
    const [problem] = ask(path, { read: true });
    assert.equal(problem?.hint, `setfacl -m u:qemu:r $'${top}/a\\x0a\\x1b[1m\\'b'`);
    const fix = problem?.hint.replace('u:qemu', 'u:41000') ?? '';
    const result = runTool('bash', ['-c', fix]);
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(ask(path, { read: true }), []);
  },
);

test('a pipe is judged without being opened', rootOnly, (context) => {
  const top = makeScratch(context);
  chmodSync(top, 0o711);
  assert.equal(runTool('mkfifo', ['-m', '0620', `${top}/pipe`]).status, 0);
  assert.equal(ask(`${top}/pipe`, { read: true })[0]?.lacks, 'read');
});

test('a user whose name setfacl would misread is named by number', rootOnly, (context) => {
  const top = makeScratch(context);
  const odd = { ...qemu, user: 'EXAMPLE\\domain user' };
  const [problem] = checkAccess(openChecker(native, odd), top, { read: true });
  assert.equal(problem?.hint, `setfacl -m u:41000:rx ${top}`);
});
