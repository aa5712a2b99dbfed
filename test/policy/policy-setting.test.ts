import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, parsePolicy } from '../../src/policy/parse-policy.ts';
import { parseSetting } from '../../src/policy/policy-setting.ts';
import { target } from '../support/provision.ts';

const fedora = target('fedora-44');
const file = 'user:\n  uid: 500\n  comment: "Mine"\nqemu_conf:\n  user: other\n  max_files: 7\n';

function effective(text: string | null, ...words: readonly string[]) {
  const settings = words.map(parseSetting);
  return text === null
    ? defaultPolicy(fedora, settings)
    : parsePolicy(text, 'policy.yaml', fedora, settings);
}

test('values go over the file and over the defaults, and say where they come from', () => {
  const words = ['user.uid=77', 'qemu_conf.user=root', 'qemu_conf.user=+0', 'kvm.group.gid=null'];
  const { policy, origins } = effective(file, ...words);
  assert.deepEqual(policy.user, { name: 'qemu', uid: 77, comment: 'Mine' });
  assert.equal(policy.kvm.group.gid, null);
  assert.deepEqual(policy.qemuConf, {
    user: '+0',
    group: 'qemu',
    dynamic_ownership: 1,
    max_files: 7,
  });
  assert.equal(origins['user.uid'], '--set');
  assert.equal(origins['qemu_conf.user'], '--set');
  assert.equal(origins['user.comment'], 'policy.yaml:3');
  assert.equal(origins['qemu_conf.max_files'], 'policy.yaml:6');
  assert.equal(effective(null, 'user.uid=77').policy.user.uid, 77);
});

test('what follows a value that is set follows it', () => {
  const { policy, origins } = effective(null, 'user.name=vm');
  assert.equal(policy.qemuConf['user'], 'vm');
  assert.equal(origins['qemu_conf.user'], 'user.name (--set)');
});

for (const [word, key, expected] of [
  ['qemu_conf.x=5', 'x', 5],
  ['qemu_conf.x="5"', 'x', '5'],
  ['qemu_conf.x=005', 'x', '005'],
  ['qemu_conf.x=a=b c', 'x', 'a=b c'],
  ['qemu_conf.x=true', 'x', 'true'],
  ['qemu_conf.x=["a","b"]', 'x', ['a', 'b']],
] as const) {
  test(`the type of ${word}`, () => {
    assert.deepEqual(effective(null, word).policy.qemuConf[key], expected);
  });
}

test('a mode needs no quotes', () => {
  const { policy } = effective(null, 'kvm.mode=0660', 'kvm.access=group');
  assert.deepEqual([policy.kvm.mode, policy.kvm.access], ['0660', 'group']);
});

for (const [word, code, message] of [
  ['user.uid', 'VP_USAGE', "--set: 'user.uid' is not KEY=VALUE"],
  ['=5', 'VP_USAGE', "--set: '=5' is not KEY=VALUE"],
  ['qemu_conf.x=[1', 'VP_USAGE', "--set: '[1' is no JSON"],
  ['qemu_conf.x=[{}]', 'VP_USAGE', '--set: {} is no value of a policy'],
  ['users.uid=5', 'VP_POLICY_INVALID', "--set: unknown key 'users'"],
  ['user.uids=5', 'VP_POLICY_INVALID', "--set: unknown key 'uids' in 'user'"],
  [
    'user=5',
    'VP_POLICY_INVALID',
    "--set: 'user' must be a mapping of keys to values, not the number 5",
  ],
  [
    'user.uid=x',
    'VP_POLICY_INVALID',
    "--set: 'user.uid' must be a whole number, not the string 'x'",
  ],
] as const) {
  test(`refuses ${word}`, () => {
    assert.throws(() => effective(null, word), { code, message });
  });
}

test('a mistake of the file is not covered', () => {
  assert.throws(() => effective('user: 5\n', 'user.uid=77'), {
    code: 'VP_POLICY_INVALID',
    message: "policy.yaml:1:7: 'user' must be a mapping of keys to values, not the number 5",
  });
});
