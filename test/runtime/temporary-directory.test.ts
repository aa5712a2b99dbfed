import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { temporaryDirectoryOf } from '../../src/runtime/temporary-directory.ts';
import { call, makeDisk, makeSite, owner, paused, siteWords, target } from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const name = `taken-${process.pid}`;
const path = temporaryDirectoryOf(target.uid, name);

const alone = 'is no directory for its user alone';
const others = `belongs to user ${owner.uid}`;

/** What stands there, and why it will not do; null: it will. */
const rows: readonly (readonly [what: string, make: () => void, why: string | null])[] = [
  ['nothing', () => {}, null],
  ['its own, which a kill has left', () => makeOf(target, 0o700), null],
  ['somebody else’s', () => makeOf(owner, 0o700), others],
  ['somebody else’s, for all', () => makeOf(owner, 0o777), others],
  ['its own, for all', () => makeOf(target, 0o777), alone],
  [
    'a file of its own',
    () => {
      writeFileSync(path, '', { mode: 0o600 });
      chownSync(path, target.uid, target.gid);
    },
    alone,
  ],
  [
    'a link of its own',
    () => {
      symlinkSync('/var/tmp', path);
      lchownSync(path, target.uid, target.gid);
    },
    alone,
  ],
];

function makeOf({ uid, gid }: typeof owner, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, uid, gid);
}

for (const [what, make, why] of rows) {
  test(`where temporary files will go stands ${what}`, rootOnly, (context) => {
    const site = makeSite(context);
    context.after(() => rmSync(path, { recursive: true, force: true }));
    make();
    const drive = ['-drive', `file=${makeDisk(site, 'disk.raw', target)},format=raw,snapshot=on`];
    // An unknown machine: QEMU ends by itself.
    const words = ['--name', name, '--', ...paused, ...drive, '-machine', 'nosuchmachine'];
    const { status, stderr } = call(siteWords(site, 'run', ...words));
    assert.equal(status, why === null ? 1 : 125, stderr);
    const said = `${path} stands there already and ${why}: QEMU's temporary files would go there\n`;
    const hint = 'hint: remove it, or name another directory by --env TMPDIR=DIR\n';
    assert.equal(stderr.includes(said) && stderr.includes(hint), why !== null, stderr);
  });
}
