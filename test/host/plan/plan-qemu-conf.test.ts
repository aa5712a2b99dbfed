import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '../../../src/host/facts/facts.ts';
import { planQemuConf } from '../../../src/host/plan/plan-qemu-conf.ts';
import type { FileContent } from '../../../src/host/root-files.ts';
import { emptyFacts, intentOf } from '../../support/host.ts';

const account = { comment: '', home: '/', shell: '/bin/false' };

function messages(policy: string, facts: Partial<HostFacts> = {}, parts = ['qemu-conf']) {
  const intent = { ...intentOf('fedora-44', policy), parts: parts as ['qemu-conf'] };
  const { findings } = planQemuConf(intent, { ...emptyFacts, ...facts });
  return findings.map(({ code, severity, message }) => `${code} ${severity} ${message}`);
}

const noUser =
  "VP_IDENTITY_UNKNOWN warning qemu_conf.user is 'alice', and /image/etc/passwd has no such user";
const noGroup =
  "VP_IDENTITY_UNKNOWN warning qemu_conf.group is 'staff', and /image/etc/group has no such group";
const policy = 'qemu_conf: { user: alice, group: staff }\n';

test('a user and a group that nobody bears are said', () => {
  assert.deepEqual(messages(policy), [noUser, noGroup]);
  const users = [{ name: 'alice', uid: 5, gid: 5, ...account }];
  assert.deepEqual(messages(policy, { users }), [noGroup]);
  const groups = [{ name: 'staff', gid: 5, members: [] }];
  assert.deepEqual(messages(policy, { users, groups }), []);
});

test('an account that the same apply makes is known, a number needs none', () => {
  const missing = messages('qemu_conf: {}\n');
  assert.equal(missing.length, 2);
  assert.deepEqual(messages('qemu_conf: {}\n', {}, ['accounts', 'qemu-conf']), []);
  assert.deepEqual(messages('qemu_conf: { user: "+107", group: "107" }\n'), []);
});

test('a key that libvirt does not know is said', () => {
  const found = messages('qemu_conf: { user: "1", group: "1", dynamic_ownershp: 1 }\n');
  assert.deepEqual(found, [
    "VP_WARN_QEMU_CONF warning libvirt knows no key 'dynamic_ownershp' of qemu_conf and ignores it",
  ]);
});

test('a value that is not ASCII has no place in a file that is not UTF-8', () => {
  const text = 'auto_dump_path = "/\u00e9"\n';
  const file = { kind: 'file', text, uid: 0, gid: 0, mode: 0o600 } as const;
  const qemuConf: FileContent = { ...file, encoding: 'latin1' };
  const wish = 'qemu_conf: { user: "1", group: "1", auto_dump_path: /\u00e9 }\n';
  assert.throws(() => messages(wish, { qemuConf }), {
    code: 'VP_QEMU_CONF_VALUE',
    message: "cannot set 'auto_dump_path': the value is not ASCII, and the file is not UTF-8",
  });
  assert.deepEqual(messages(wish, { qemuConf: { ...file, encoding: 'utf8' } }), []);
});
