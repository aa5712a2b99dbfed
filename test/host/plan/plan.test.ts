import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFacts } from '../../../src/host/facts/facts.ts';
import type { Change, HostPlan } from '../../../src/host/plan/change.ts';
import { isPending } from '../../../src/host/plan/change.ts';
import { planChanges } from '../../../src/host/plan/plan.ts';
import type { FileState } from '../../../src/host/root-files.ts';
import { convergedFacts, emptyFacts, fileState, intentOf } from '../../support/host.ts';

const fedora = intentOf('fedora-44');

function names(plan: HostPlan): readonly string[] {
  return plan.changes.filter(isPending).map(({ kind, id, action }) => `${action} ${kind} ${id}`);
}

function messages(facts: Partial<HostFacts>, intent = fedora): readonly string[] {
  const { findings } = planChanges(intent, { ...convergedFacts, ...facts });
  return findings.map(({ severity, code, message }) => `${severity} ${code} ${message}`);
}

function findChange(plan: HostPlan, kind: Change['kind']): Change | undefined {
  return plan.changes.find((change) => change.kind === kind);
}

test('an empty image gets everything, in the order of work', () => {
  const plan = planChanges(fedora, emptyFacts);
  assert.deepEqual(names(plan), [
    'create group kvm',
    'create group qemu',
    'create user qemu',
    'create membership qemu/kvm',
    'create file /etc/sysusers.d/virt-privileges.conf',
    'create file /etc/sysusers.d/zz-virt-privileges-members.conf',
    'create file /etc/udev/rules.d/60-virt-privileges-kvm.rules',
    'create file /etc/tmpfiles.d/zz-virt-privileges-kvm.conf',
    'create conf /etc/libvirt/qemu.conf',
  ]);
  assert.deepEqual(plan.findings, []);
});

test('a converged host needs nothing', () => {
  const plan = planChanges(fedora, convergedFacts);
  assert.deepEqual(names(plan), []);
  assert.deepEqual(plan.findings, []);
  assert.equal(plan.changes.length, 9);
  assert.ok(plan.changes.every(({ done }) => done));
});

for (const [part, kinds] of [
  ['accounts', ['group', 'group', 'user', 'membership', 'file', 'file']],
  ['device', ['file', 'file']],
  ['qemu-conf', ['conf']],
  ['service', []],
] as const) {
  test(`only ${part}`, () => {
    const { changes } = planChanges({ ...fedora, parts: [part] }, emptyFacts);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      kinds,
    );
  });
}

const path = '/etc/sysusers.d/virt-privileges.conf';
for (const [name, state] of [
  ['other text', fileState('x')],
  ['another owner', fileState(convergedText(), { uid: 1 })],
  ['another mode', fileState(convergedText(), { mode: 0o600 })],
  ['text that only looks the same', fileState(convergedText(), { encoding: 'latin1' })],
] as const) {
  test(`updates a file with ${name}`, () => {
    const files = { ...convergedFacts.files, [path]: state };
    assert.deepEqual(names(planChanges(fedora, { ...convergedFacts, files })), [
      `update file ${path}`,
    ]);
  });
}

function convergedText(): string {
  const state = convergedFacts.files[path];
  return state?.kind === 'file' ? state.text : '';
}

test('something else in the place of a file stands in the way', () => {
  const obstacle: FileState = { kind: 'obstacle', path: '/etc/sysusers.d', type: 'link' };
  assert.deepEqual(messages({ files: { ...convergedFacts.files, [path]: obstacle } }), [
    'error VP_PATH_KIND cannot write through /image/etc/sysusers.d: it is a symbolic link',
  ]);
});

test('qemu.conf: only what differs is named', () => {
  const qemuConf = fileState('user = "root"\nvnc_password = "secret"\ngroup = "qemu"\n');
  const change = findChange(planChanges(fedora, { ...convergedFacts, qemuConf }), 'conf');
  assert.deepEqual(change, {
    kind: 'conf',
    id: '/etc/libvirt/qemu.conf',
    action: 'update',
    before: { settings: { user: 'root', dynamic_ownership: null } },
    after: { settings: { user: 'qemu', dynamic_ownership: 1 } },
    done: false,
  });
});

test('qemu.conf with a syntax error names the file in the root and the line', () => {
  const qemuConf = fileState('a = 1\nuser qemu\n');
  assert.throws(() => planChanges(fedora, { ...convergedFacts, qemuConf }), {
    code: 'VP_QEMU_CONF_SYNTAX',
    message:
      'configuration file syntax error: /image/etc/libvirt/qemu.conf:2: expecting an assignment',
    line: 2,
  });
});

test('a policy of root is said aloud', () => {
  const intent = intentOf('fedora-44', 'qemu_conf: { user: root, group: root }\n');
  const [finding] = planChanges(intent, convergedFacts).findings;
  assert.equal(finding?.code, 'VP_WARN_ROOT_IDENTITY');
});
