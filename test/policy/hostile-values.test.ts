import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from '../support/policy-refusal.ts';
import { policyOf } from '../support/provision.ts';

const hostile: Readonly<Record<string, string>> = {
  'a newline': 'a\nb',
  'a carriage return': 'a\rb',
  'a NUL': 'a\0b',
  'a double quote': 'a"b',
  'a single quote': "a'b",
  'a percent sign': 'a%b',
  'a macro': '%{lua:os.execute("id")}',
  'a dollar sign': 'a$b',
  'a command': '$(id)',
  backquotes: '`id`',
  'a semicolon': 'a;b',
  'a backslash': 'a\\b',
  'a colon': 'a:b',
  'non-ASCII': 'qemü',
  'a leading dash': '-a',
  'too many characters': 'a'.repeat(101),
};

/** Field, and the text before its value. */
const fields: readonly (readonly [string, string])[] = [
  ['user.name', 'user:\n  name: '],
  ['user.comment', 'user:\n  comment: '],
  ['group.name', 'group:\n  name: '],
  ['kvm.group.name', 'kvm:\n  group:\n    name: '],
  ['qemu_conf.user', 'qemu_conf:\n  user: '],
  ['qemu_conf.group', 'qemu_conf:\n  group: '],
];

function positionOf(before: string): string {
  const lines = before.split('\n');
  return `policy.yaml:${lines.length}:${(lines.at(-1) ?? '').length + 1}: `;
}

for (const [field, before] of fields) {
  for (const [what, value] of Object.entries(hostile)) {
    test(`${field} with ${what} is refused where it stands`, () => {
      const { code, message, path } = refusalOf('fedora-44', `${before}${JSON.stringify(value)}\n`);
      assert.deepEqual([code, path], ['VP_POLICY_INVALID', 'policy.yaml']);
      assert.ok(message.startsWith(`${positionOf(before)}'${field}' `), message);
    });
  }
}

for (const [field, before] of [
  ['user.name', 'user: {name: '],
  ['group.name', 'group: {name: '],
  ['qemu_conf.user', 'qemu_conf: {user: '],
] as const) {
  test(`${field} has at most 31 characters`, () => {
    policyOf('fedora-44', `${before}${'a'.repeat(31)}}\n`);
    assert.match(refusalOf('fedora-44', `${before}${'a'.repeat(32)}}\n`).message, /'a{32}'/);
  });
}

for (const id of ['-1', '0', '1000', '65534', '65535', '4294967295']) {
  for (const [field, before] of [
    ['user.uid', 'user:\n  uid: '],
    ['group.gid', 'group:\n  gid: '],
    ['kvm.group.gid', 'kvm:\n  group:\n    gid: '],
  ] as const) {
    test(`${field} ${id} is refused where it stands`, () => {
      const { message } = refusalOf('fedora-44', `${before}${id}\n`);
      assert.equal(message, `${positionOf(before)}'${field}' is ${id}, which is no system id`);
    });
  }
}

const quoted = "'kvm.mode' must be a string in quotes";
for (const [mode, why] of [
  ['666', quoted],
  ['0666', quoted],
  ['0999', quoted],
  ['07777', quoted],
  ['"666"', '\'kvm.mode\' is "666", neither "0666" nor "0660"'],
  ['"0999"', '\'kvm.mode\' is "0999", neither "0666" nor "0660"'],
  ['"07777"', '\'kvm.mode\' is "07777", neither "0666" nor "0660"'],
  ['"0777"', '\'kvm.mode\' is "0777", neither "0666" nor "0660"'],
  ['"0666\\n"', '\'kvm.mode\' is "0666\n", neither "0666" nor "0660"'],
] as const) {
  test(`mode ${mode} is refused where it stands`, () => {
    const { message } = refusalOf('fedora-44', `kvm:\n  mode: ${mode}\n`);
    assert.equal(message, `policy.yaml:2:9: ${why}`);
  });
}
