import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nextId, readJournal, removeEntry, writeEntry } from '../../../src/host/journal/journal.ts';
import type { JournalEntry } from '../../../src/host/journal/journal-entry.ts';
import { openTree } from '../../support/host.ts';
import { rootOnly } from '../../support/scratch.ts';

const entry: JournalEntry = {
  id: 1,
  time: '2026-01-01T00:00:00.000Z',
  program: '1.2.3',
  isComplete: true,
  temporaries: [],
  changes: [{ kind: 'group', name: 'kvm', id: 36 }],
};

test('records are for root alone, and read in order of their numbers', rootOnly, (context) => {
  const root = openTree(context);
  assert.deepEqual(readJournal(root), { entries: [], damaged: [] });
  const ids = [2, 10, 1_000_000];
  for (const id of ids) writeEntry(root, { ...entry, id });
  const journal = readJournal(root);
  assert.deepEqual(
    journal.entries.map(({ id }) => id),
    ids,
  );
  assert.equal(nextId(journal), 1_000_001);
  const modeOf = (path: string) =>
    statSync(join(root.path, 'var/lib/virt-privileges', path)).mode & 0o7777;
  assert.deepEqual(
    [modeOf('.'), modeOf('applies'), modeOf('applies/000010.json')],
    [0o700, 0o700, 0o600],
  );
  removeEntry(root, { ...entry, id: 10 });
  assert.deepEqual(
    readJournal(root).entries.map(({ id }) => id),
    [2, 1_000_000],
  );
});

test(
  'a pipe, a link and a file that is no record stand in the journal and hang nobody',
  rootOnly,
  (context) => {
    const root = openTree(context);
    writeEntry(root, { ...entry, id: 1 });
    const applies = join(root.path, 'var/lib/virt-privileges/applies');
    execFileSync('mkfifo', [join(applies, '000002.json')]);
    symlinkSync('000001.json', join(applies, '000003.json'));
    writeFileSync(join(applies, '000004.json'), readFileSync(join(applies, '000001.json')));
    writeFileSync(join(applies, '000005.json'), '');
    const { entries, damaged } = readJournal(root);
    assert.deepEqual(
      entries.map(({ id }) => id),
      [1],
    );
    assert.deepEqual(
      damaged.map(({ id }) => id),
      [2, 3, 4, 5],
    );
    assert.equal(nextId({ entries, damaged }), 6);
  },
);

test(
  'a record that is not its maker’s alone, or has two names, is not obeyed',
  rootOnly,
  (context) => {
    const root = openTree(context);
    writeEntry(root, entry);
    const file = join(root.path, 'var/lib/virt-privileges/applies/000001.json');
    const isObeyed = () => readJournal(root).entries.length === 1;
    assert.equal(isObeyed(), true);
    chmodSync(file, 0o640);
    assert.equal(isObeyed(), false);
    chmodSync(file, 0o600);
    chownSync(file, 1234, 0);
    assert.equal(isObeyed(), false);
    chownSync(file, 0, 0);
    linkSync(file, `${file}.second`);
    assert.equal(isObeyed(), false);
  },
);

test('a record of a number that no run gave does not hide the next one', rootOnly, (context) => {
  const root = openTree(context);
  writeEntry(root, { ...entry, id: 999_999_999_999_999 });
  assert.throws(() => nextId(readJournal(root)), { code: 'VP_LEDGER_DAMAGED' });
});
