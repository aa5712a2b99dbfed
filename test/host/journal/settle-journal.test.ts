import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readJournal, writeEntry } from '../../../src/host/journal/journal.ts';
import type { JournalEntry } from '../../../src/host/journal/journal-entry.ts';
import { hasUnsettled, settleJournal } from '../../../src/host/journal/settle-journal.ts';
import { openTree, writeBelow } from '../../support/host.ts';
import { runProvision } from '../../support/run-provision.ts';
import { rootOnly } from '../../support/scratch.ts';

const after = { content: Buffer.from('x'), uid: 0, gid: 0, mode: 0o644, attributes: null };

/** A run that was killed before its file was in place, and before its user was made. */
const entry: JournalEntry = {
  id: 3,
  time: '2026-01-01T00:00:00.000Z',
  program: '1.2.3',
  isComplete: false,
  temporaries: ['/etc/.passwd.0123456789ab.tmp'],
  changes: [
    { kind: 'group', name: 'made', id: null },
    { kind: 'user', name: 'qemu', id: 107 },
    {
      kind: 'file',
      path: '/etc/tmpfiles.d/a',
      temporary: '.a.0123456789ab.tmp',
      directories: ['/etc/tmpfiles.d'],
      before: null,
      after,
    },
  ],
};

const files = { 'etc/passwd': 'root:x:0:0::/:/bin/sh\n', 'etc/group': 'root:x:0:\nmade:x:77:\n' };

test('only the temporary files go that an open record names', rootOnly, (context) => {
  const root = openTree(context, files);
  const applies = 'var/lib/virt-privileges/applies';
  writeEntry(root, entry);
  const left = ['etc/tmpfiles.d/.a.0123456789ab.tmp', 'etc/.passwd.0123456789ab.tmp'];
  const foreign = ['etc/tmpfiles.d/.b.0123456789ab.tmp', 'etc/.group.0123456789ab.tmp'];
  for (const path of [...left, ...foreign]) writeBelow(root.path, path, '');
  writeBelow(root.path, `${applies}/.000004.json.0123456789ab.tmp`, '');
  writeBelow(root.path, `${applies}/notes`, 'kept');
  assert.equal(hasUnsettled(root), true);
  assert.deepEqual(settleJournal(root), [entry]);
  assert.equal(hasUnsettled(root), false);
  assert.deepEqual(readdirSync(join(root.path, 'etc/tmpfiles.d')), ['.b.0123456789ab.tmp']);
  assert.deepEqual(
    readdirSync(join(root.path, 'etc')).filter((name) => name.startsWith('.')),
    ['.group.0123456789ab.tmp'],
  );
  assert.deepEqual(readdirSync(join(root.path, applies)), ['000003.json', 'notes']);
});

test(
  'an account that was not made yet is forgotten, one that was is known with its id',
  rootOnly,
  (context) => {
    const root = openTree(context, files);
    writeEntry(root, entry);
    settleJournal(root);
    const [settled] = readJournal(root).entries;
    assert.equal(settled?.isComplete, true);
    assert.deepEqual(settled?.changes.slice(0, -1), [{ kind: 'group', name: 'made', id: 77 }]);
    appendFileSync(join(root.path, 'etc/passwd'), 'qemu:x:107:0::/:/bin/sh\n');
    const { stdout } = runProvision('revert', '--accounts', '--root', root.path);
    assert.match(stdout, /^- group made \(gid 77\)$/m);
    assert.match(readFileSync(join(root.path, 'etc/passwd'), 'utf8'), /^qemu:/m);
  },
);

test('a directory that was half made is opened to everybody', rootOnly, (context) => {
  const root = openTree(context, files);
  writeEntry(root, entry);
  mkdirSync(join(root.path, 'etc/tmpfiles.d'), { mode: 0o700 });
  mkdirSync(join(root.path, 'etc/other'), { mode: 0o700 });
  chmodSync(join(root.path, 'etc/other'), 0o700);
  settleJournal(root);
  const modeOf = (path: string) => statSync(join(root.path, path)).mode & 0o7777;
  assert.deepEqual([modeOf('etc/tmpfiles.d'), modeOf('etc/other')], [0o755, 0o700]);
});
