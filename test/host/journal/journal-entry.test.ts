import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JournalEntry, printEntry } from '../../../src/host/journal/journal-entry.ts';
import { parseEntry } from '../../../src/host/journal/parse-journal-entry.ts';

// Objects as JSON makes them.
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const bytes = fc.uint8Array({ maxLength: 9 }).map((value) => Buffer.from(value));
const attributes = fc.dictionary(
  fc.constantFrom('user.a', 'security.selinux', '__proto__x'),
  bytes,
  {
    noNullPrototype: true,
  },
);
const image = record({
  content: bytes,
  uid: fc.nat(),
  gid: fc.nat(),
  mode: fc.nat(0o7777),
  attributes: fc.option(attributes),
});
const file = record({
  kind: fc.constant('file' as const),
  path: fc.constant('/etc/udev/rules.d/b'),
  temporary: fc.constant('.b.0123456789ab.tmp'),
  directories: fc.constantFrom([], ['/etc/udev/rules.d'], ['/etc/udev', '/etc/udev/rules.d']),
  before: fc.option(image),
  after: image,
});
const device = record({
  kind: fc.constant('device' as const),
  path: fc.constant('/dev/kvm'),
  before: record({ uid: fc.nat(), gid: fc.nat(), mode: fc.nat(0o7777), attributes }),
  after: record({ uid: fc.nat(), group: fc.constant('kvm'), mode: fc.nat(0o7777) }),
});
const account = record({
  kind: fc.constantFrom('user' as const, 'group' as const),
  name: fc.constantFrom('qemu', 'kvm'),
  id: fc.option(fc.nat()),
});
const membership = fc.constant({ kind: 'membership' as const, user: 'qemu', group: 'kvm' });
const entry: fc.Arbitrary<JournalEntry> = record({
  id: fc.nat(),
  time: fc.constant('2026-01-01T00:00:00.000Z'),
  program: fc.constant('1.2.3'),
  isComplete: fc.boolean(),
  temporaries: fc.constantFrom([], ['/etc/.passwd.0123456789ab.tmp']),
  changes: fc.array(fc.oneof(file, device, account, membership)),
});

test('a record is read as it was written', () => {
  fc.assert(
    fc.property(entry, (value) => {
      assert.deepEqual(parseEntry(printEntry(value), 'f'), value);
    }),
  );
});

const good = {
  version: 1,
  id: 1,
  time: 't',
  program: '1',
  isComplete: true,
  temporaries: [],
  changes: [
    {
      kind: 'file',
      path: '/etc/tmpfiles.d/a',
      temporary: '.a.0123456789ab.tmp',
      directories: ['/etc'],
      before: null,
      after: { content: 'YQ==', uid: 0, gid: 0, mode: 420, attributes: null },
    },
  ],
};

function withFile(change: object): object {
  return { ...good, changes: [{ ...good.changes[0], ...change }] };
}

const damaged: readonly (readonly [string, unknown, RegExp])[] = [
  ['no JSON', '{', /JSON/],
  ['no object', [], /an object is missing$/],
  ['a newer version', { ...good, version: 2 }, /its version is 2$/],
  ['no changes', { ...good, changes: undefined }, /'changes' is missing or wrong$/],
  ['an unknown kind', { ...good, changes: [{ kind: 'link' }] }, /'kind' is missing/],
  ['a relative path', withFile({ path: 'etc/a' }), /'path' is missing/],
  ['a path that no plan writes', withFile({ path: '/run/udev/rules.d/a' }), /'path' is missing/],
  ['a path below one', withFile({ path: '/etc/tmpfiles.d/a/b' }), /'path' is missing/],
  ['a path with ..', withFile({ path: '/etc/../a' }), /'path' is missing/],
  ['a path with //', withFile({ path: '/etc//a' }), /'path' is missing/],
  ['somebody’s file as temporary', withFile({ temporary: 'passwd' }), /'temporary' is missing/],
  ['a temporary elsewhere', withFile({ temporary: '.a./../x.0123456789ab.tmp' }), /'temporary'/],
  ['a directory elsewhere', withFile({ directories: ['/home'] }), /'directories' is missing/],
  ['content that is no base64', withFile({ after: { content: '!' } }), /'content' is missing/],
  ['a negative id', { ...good, id: -1 }, /'id' is missing/],
  ['an account file as temporary', { ...good, temporaries: ['/etc/passwd'] }, /'temporaries'/],
];

for (const [name, value, message] of damaged) {
  test(`a record with ${name} is damaged`, () => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    assert.throws(() => parseEntry(text, 'f'), { code: 'VP_LEDGER_DAMAGED', message });
  });
}

test('the good one is good', () => {
  assert.equal(parseEntry(JSON.stringify(good), 'f').changes.length, 1);
});
