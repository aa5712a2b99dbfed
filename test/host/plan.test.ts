import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGroup } from '../../src/formats/group.ts';
import { parsePasswd } from '../../src/formats/passwd.ts';
import type { Change, HostPlan } from '../../src/host/change.ts';
import { isPending } from '../../src/host/change.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import { planChanges } from '../../src/host/plan.ts';
import type { FileState } from '../../src/host/root-files.ts';
import { emptyFacts, intentOf } from '../support/host.ts';

const fedora = intentOf('fedora-44');
const ownFiles = planChanges(fedora, emptyFacts).changes.filter(({ kind }) => kind === 'file');

function fileState(text: string, more: Partial<FileState> = {}): FileState {
  return {
    kind: 'file',
    text,
    encoding: 'utf8',
    uid: 0,
    gid: 0,
    mode: 0o644,
    ...more,
  } as FileState;
}

/** A host as `plan` leaves it. */
const convergedFacts: HostFacts = {
  ...emptyFacts,
  users: parsePasswd('qemu:x:107:107:qemu user:/:/sbin/nologin'),
  groups: parseGroup('kvm:x:36:qemu\nqemu:x:107:'),
  files: Object.fromEntries(
    ownFiles.flatMap((change) => {
      return change.kind === 'file' ? [[change.id, fileState(change.after.text)] as const] : [];
    }),
  ),
  qemuConf: fileState('user="qemu"\ngroup="qemu"\ndynamic_ownership=1\n', { mode: 0o600 }),
};

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
    'create file /etc/sysusers.d/virt-privileges-members.conf',
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
] as const) {
  test(`only ${part}`, () => {
    const { changes } = planChanges({ ...fedora, parts: [part] }, emptyFacts);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      kinds,
    );
  });
}

const taken: readonly (readonly [string, Partial<HostFacts>, string])[] = [
  [
    'a gid that kvm holds',
    { groups: parseGroup('kvm:x:107:') },
    'error VP_ID_TAKEN gid 107 for group qemu belongs to group kvm',
  ],
  [
    'a uid that somebody holds',
    { users: parsePasswd('tss:x:107:36:::') },
    'error VP_ID_TAKEN uid 107 for user qemu belongs to user tss',
  ],
  [
    'an account with another uid',
    { users: parsePasswd('qemu:x:64055:107:::') },
    'warning VP_WARN_IDS user qemu has uid 64055, the policy says 107: it is kept',
  ],
  [
    'a group with another gid',
    { groups: parseGroup('kvm:x:994:qemu\nqemu:x:107:') },
    'warning VP_WARN_IDS group kvm has gid 994, the policy says 36: it is kept',
  ],
  [
    'another primary group',
    { users: parsePasswd('qemu:x:107:36:::') },
    'warning VP_WARN_IDS user qemu has the primary group kvm, the policy says qemu: it is kept',
  ],
  [
    'no account tool',
    { groups: [], accountTool: null },
    'error VP_MISSING_TOOL no program that makes accounts: neither systemd-sysusers nor groupadd and useradd',
  ],
  [
    'account files that are links',
    { groups: [], accountLinks: ['/etc/passwd'] },
    'error VP_PATH_KIND /etc/passwd of /image is no regular file or directory, and an account tool would follow it out of the image or wait for ever',
  ],
];

for (const [name, facts, message] of taken) {
  test(`says ${name}`, () =>
    assert.ok(messages(facts).includes(message), messages(facts).join('\n')));
}

test('account tools and links do not matter when no account changes', () => {
  assert.deepEqual(messages({ accountTool: null, accountLinks: ['/etc/passwd'] }), []);
});

test('existing accounts are never changed', () => {
  const facts = { ...convergedFacts, groups: parseGroup('kvm:x:994:qemu\nqemu:x:64055:') };
  assert.deepEqual(names(planChanges(fedora, facts)), []);
});

test('a primary group is a membership too', () => {
  const groups = parseGroup('kvm:x:107:\nqemu:x:105:');
  assert.equal(
    findChange(planChanges(fedora, { ...convergedFacts, groups }), 'membership')?.action,
    'none',
  );
});

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

const node = { isCharacterDevice: true, uid: 0, gid: 36, mode: 0o666 };
const live = { isLive: true, root: '/' };

for (const [name, facts, expected] of [
  ['an image', { device: node }, null],
  ['a live host as wanted', { ...live, device: node }, 'none'],
  ['another mode', { ...live, device: { ...node, mode: 0o660 } }, 'update'],
  ['another group', { ...live, device: { ...node, gid: 0 } }, 'update'],
  ['another owner', { ...live, device: { ...node, uid: 107 } }, 'update'],
  ['a container', { ...live, isContainer: true, device: node }, null],
  ['no node', { ...live, device: null }, null],
] as const) {
  test(`the device: ${name}`, () => {
    const change = findChange(planChanges(fedora, { ...convergedFacts, ...facts }), 'device');
    assert.equal(change?.action ?? null, expected);
  });
}

for (const [facts, message] of [
  [
    { isContainer: true, device: node },
    "/dev/kvm is left alone: in a container or chroot it is the host's",
  ],
  [{ device: null }, 'there is no /dev/kvm'],
  [{ device: { ...node, isCharacterDevice: false } }, '/dev/kvm is no character device'],
] as const) {
  test(`says: ${message}`, () => {
    assert.deepEqual(messages({ ...live, ...facts }), [`warning VP_WARN_DEVICE ${message}`]);
  });
}

test('the device without the accounts needs the group to be there', () => {
  const findings = messages({ groups: [] }, { ...fedora, parts: ['device'] });
  assert.deepEqual(findings, ['error VP_IDENTITY_UNKNOWN there is no group kvm for /dev/kvm']);
});

test('a live qemu.conf that changes needs libvirt to start again', () => {
  const findings = messages({ ...live, device: node, qemuConf: fileState('') });
  assert.deepEqual(findings, [
    'info VP_WARN_QEMU_CONF libvirt reads qemu.conf only when it starts',
  ]);
});
