import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGroup } from '../../../src/formats/group.ts';
import { parsePasswd } from '../../../src/formats/passwd.ts';
import type { HostFacts } from '../../../src/host/facts/facts.ts';
import { isPending } from '../../../src/host/plan/change.ts';
import type { Intent } from '../../../src/host/plan/intent.ts';
import { planAccounts } from '../../../src/host/plan/plan-accounts.ts';
import { convergedFacts, intentOf } from '../../support/host.ts';

const fedora = intentOf('fedora-44');
const accepting = { ...fedora, consent: { ...fedora.consent, acceptIds: true } };

function plan(facts: Partial<HostFacts>, intent: Intent = fedora) {
  return planAccounts(intent, { ...convergedFacts, ...facts });
}

function pending(facts: Partial<HostFacts>, intent: Intent = fedora): readonly string[] {
  return plan(facts, intent)
    .changes.filter(isPending)
    .map(({ kind, id, action, after }) => `${action} ${kind} ${id} ${JSON.stringify(after)}`);
}

const rows: readonly (readonly [
  name: string,
  facts: Partial<HostFacts>,
  message: string,
  hint: string,
])[] = [
  [
    'a gid that kvm holds',
    { groups: parseGroup('kvm:x:107:') },
    'error VP_ID_TAKEN gid 107 for group qemu belongs to group kvm',
    'choose another group.gid in the policy, or take whichever is free: --accept-ids',
  ],
  [
    'a uid that somebody holds',
    { users: parsePasswd('tss:x:107:36:::') },
    'error VP_ID_TAKEN uid 107 for user qemu belongs to user tss',
    'choose another user.uid in the policy, or take whichever is free: --accept-ids',
  ],
  [
    'an account whose uid no policy may have',
    { users: parsePasswd('qemu:x:64055:107:::') },
    'warning VP_WARN_IDS user qemu has uid 64055, the policy says 107: it is kept',
    'write user.uid: null into the policy, or renumber the account and its files by hand',
  ],
  [
    'a group with another gid',
    { groups: parseGroup('kvm:x:994:qemu\nqemu:x:107:') },
    'warning VP_WARN_IDS group kvm has gid 994, the policy says 36: it is kept',
    'write kvm.group.gid: 994 into the policy, or renumber the account and its files by hand',
  ],
  [
    'another primary group',
    { users: parsePasswd('qemu:x:107:36:::') },
    'info VP_WARN_IDS user qemu has the primary group kvm, the policy says qemu: it is kept',
    'change it by hand if QEMU is started without an explicit group: usermod -g qemu qemu',
  ],
  [
    'a user that is root',
    { users: parsePasswd('qemu:x:0:107:::') },
    'error VP_IDENTITY_INVALID user qemu exists with uid 0: QEMU would run as root under another name',
    'name another user in the policy, or put that account right by hand',
  ],
  [
    'a group that is root',
    { groups: parseGroup('kvm:x:0:qemu\nqemu:x:107:') },
    'error VP_IDENTITY_INVALID group kvm exists with gid 0: QEMU would run as root under another name',
    'name another group in the policy, or put that account right by hand',
  ],
  [
    'a user that shares its uid',
    { users: parsePasswd('qemu:x:107:107:::\nnobody:x:107:107:::') },
    "warning VP_WARN_IDS user qemu shares uid 107 with user nobody: what is one's is the other's",
    'give one of the two another uid, and its files with it',
  ],
  [
    'a gid that some udevd ignore',
    { groups: parseGroup('kvm:x:1005:qemu\nqemu:x:107:') },
    'warning VP_LINT_GROUP group kvm has gid 1005, above 999: systemd 259 ignores it',
    'give the group a gid of the system, 1 to 999',
  ],
  [
    'no account tool',
    { groups: [], accountTool: null },
    'error VP_MISSING_TOOL no program that makes accounts: neither systemd-sysusers nor groupadd and useradd',
    'install systemd (systemd-standalone-sysusers) or the passwd or shadow-utils package',
  ],
  [
    'account files that are links',
    { groups: [], accountLinks: ['/etc/passwd'] },
    'error VP_PATH_KIND /etc/passwd of /image is not root’s alone, or no regular file or directory: an account tool could be led out of the image or wait for ever',
    'have a regular file or directory there that belongs to root, and that nobody else can write',
  ],
  [
    'a user without a shadow entry',
    { shadow: { users: [], groups: null } },
    'warning VP_WARN_ACCOUNTS user qemu is missing in /etc/shadow',
    'pwconv writes it, and locked',
  ],
  [
    'a user with a password',
    { shadow: { users: [{ name: 'qemu', isLocked: false }], groups: null } },
    'warning VP_WARN_ACCOUNTS user qemu can have a password',
    'QEMU needs none: usermod --lock qemu',
  ],
  [
    'a member that gshadow does not have',
    { shadow: { users: null, groups: [{ name: 'kvm', members: [] }] } },
    'warning VP_WARN_ACCOUNTS user qemu is a member of kvm in /etc/group and not in /etc/gshadow',
    'put it right with grpck',
  ],
  [
    'a group of the name service',
    {
      groups: parseGroup('kvm:x:36:\nqemu:x:107:'),
      elsewhere: { users: {}, groups: { kvm: 'name service' } },
    },
    'error VP_IDENTITY_INVALID group kvm comes from the name service: its members cannot be changed here',
    'add the user where the group is kept, or name a local group: kvm.group.name',
  ],
];

for (const [name, facts, message, hint] of rows) {
  test(`says ${name}`, () => {
    const found = plan(facts).findings.map((finding) => {
      return [`${finding.severity} ${finding.code} ${finding.message}`, finding.hint];
    });
    assert.deepEqual(
      found.filter(([text]) => text === message),
      [[message, hint]],
      found.join('\n'),
    );
  });
}

test('account tools and links do not matter when no account changes', () => {
  assert.deepEqual(plan({ accountTool: null, accountLinks: ['/etc/passwd'] }).findings, []);
});

test('consistent hidden files need no word', () => {
  const shadow = {
    users: [{ name: 'qemu', isLocked: true }],
    groups: [{ name: 'kvm', members: ['qemu'] }],
  };
  assert.deepEqual(plan({ shadow }).findings, []);
});

test('existing accounts are never changed', () => {
  assert.deepEqual(pending({ groups: parseGroup('kvm:x:994:qemu\nqemu:x:64055:') }), []);
});

test('accepted: taken ids give way to whichever is free', () => {
  const facts = {
    users: parsePasswd('tss:x:107:1:::'),
    groups: parseGroup('kvm:x:36:\ntss:x:107:'),
  };
  assert.deepEqual(pending(facts, accepting), [
    'create group qemu {"gid":null}',
    'create user qemu {"uid":null,"group":"qemu"}',
    'create membership qemu/kvm {"user":"qemu","group":"kvm"}',
  ]);
  assert.deepEqual(
    plan(facts, accepting).findings.map(({ severity, code, message }) => [severity, code, message]),
    [
      [
        'warning',
        'VP_WARN_IDS',
        'gid 107 for group qemu belongs to group tss: qemu gets whichever gid is free',
      ],
      [
        'warning',
        'VP_WARN_IDS',
        'uid 107 for user qemu belongs to user tss: qemu gets whichever uid is free',
      ],
    ],
  );
});

test('a primary group is a membership too', () => {
  assert.deepEqual(pending({ groups: parseGroup('kvm:x:107:\nqemu:x:105:') }), []);
});

const oneGroup = intentOf('fedora-44', 'group: {name: kvm}\n');

test('one group for both: a new user has it as its own', () => {
  assert.deepEqual(pending({ users: [], groups: [] }, oneGroup), [
    'create group kvm {"gid":36}',
    'create user qemu {"uid":107,"group":"kvm"}',
  ]);
});

test('one group for both: a user that is there becomes a member', () => {
  const facts = {
    users: parsePasswd('qemu:x:107:107:::'),
    groups: parseGroup('kvm:x:36:\nqemu:x:107:'),
  };
  assert.deepEqual(pending(facts, oneGroup), [
    'create membership qemu/kvm {"user":"qemu","group":"kvm"}',
  ]);
});

const imageBased = {
  hasAltfiles: true,
  groups: parseGroup('kvm:x:78:\nqemu:x:999:'),
  elsewhere: { users: { qemu: '/usr/lib' }, groups: { kvm: '/usr/lib', qemu: '/usr/lib' } },
} as const;

test('an image-based system: what takes part in a change is copied with its ids', () => {
  assert.deepEqual(pending({ ...imageBased, users: parsePasswd('qemu:x:123:999:::') }), [
    'create group kvm {"gid":78}',
    'create group qemu {"gid":999}',
    'create user qemu {"uid":123,"group":"qemu"}',
    'create membership qemu/kvm {"user":"qemu","group":"kvm"}',
  ]);
});

test('an image-based system: nothing is copied when nothing is missing', () => {
  const groups = parseGroup('kvm:x:78:qemu\nqemu:x:999:');
  assert.deepEqual(pending({ ...imageBased, groups, users: parsePasswd('qemu:x:123:999:::') }), []);
});

test('an image-based system: a free id is one that nobody has anywhere', () => {
  const intent = intentOf(
    'fedora-44',
    'user: {uid: null}\ngroup: {gid: null}\nkvm: {group: {gid: null}}\n',
  );
  const facts = { hasAltfiles: true, users: [], groups: parseGroup('x:x:999:\ny:x:997:') };
  assert.deepEqual(pending(facts, intent), [
    'create group kvm {"gid":998}',
    'create group qemu {"gid":996}',
    'create user qemu {"uid":998,"group":"qemu"}',
    'create membership qemu/kvm {"user":"qemu","group":"kvm"}',
  ]);
});
