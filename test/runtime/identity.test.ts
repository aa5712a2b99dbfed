import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { parseQemuConf } from '../../src/formats/qemu-conf.ts';
import { resolveIdentity } from '../../src/runtime/identity.ts';
import type { Native, UserEntry } from '../../src/runtime/native.ts';
import { native } from '../support/native.ts';

const nothing = { user: null, group: null };

function resolve(conf: string, options: { user: string | null; group: string | null } = nothing) {
  return resolveIdentity(native, options, parseQemuConf(conf, '/q.conf'));
}

function refusal(conf: string, options = nothing): string {
  try {
    resolve(conf, options);
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof AppError);
    return `${error.code} ${error.message}`;
  }
}

test('names come from the name service, with every supplementary group and the group itself', () => {
  const uid = Number(execFileSync('id', ['-u', 'daemon']));
  const groups = execFileSync('id', ['-G', 'daemon'], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .map(Number);
  assert.deepEqual(resolve('user = "daemon"\ngroup = "mail"\n'), {
    user: 'daemon',
    uid,
    group: 'mail',
    gid: 8,
    groups: [...new Set([...groups, 8])].sort((a, b) => a - b),
  });
});

test('a number is an id, with the account’s name where it has one', () => {
  assert.deepEqual(resolve('user = "+1"\ngroup = "1"\n').user, 'daemon');
  assert.deepEqual(resolve('user = "34567"\ngroup = "+45678"\n'), {
    user: '34567',
    uid: 34567,
    group: '45678',
    gid: 45678,
    groups: [45678],
  });
});

test('options stand over the file', () => {
  const identity = resolve('user = "daemon"\ngroup = "daemon"\n', { user: 'mail', group: '+7' });
  assert.deepEqual([identity.user, identity.gid], ['mail', 7]);
});

test('a user without a word on the group has its own primary group', () => {
  assert.equal(resolve('user = "mail"\n').group, 'mail');
  assert.match(
    refusal('user = "+34567"\n'),
    /^VP_IDENTITY_UNKNOWN .*has no account, so it has no group/,
  );
});

const refused: readonly (readonly [string, string])[] = [
  ['nosuchuser', 'VP_IDENTITY_UNKNOWN /q.conf:1: there is no user "nosuchuser" on this system'],
  ['+-1', 'VP_IDENTITY_INVALID /q.conf:1: "+-1" is no user: after "+" only digits may stand'],
  ['-1', 'VP_IDENTITY_INVALID /q.conf:1: "-1" is no user: it is neither a name nor a number'],
  [
    '4294967295',
    'VP_IDENTITY_INVALID /q.conf:1: "4294967295" is no user: ids go from 0 to 4294967294; the next one means "do not change"',
  ],
  [
    '+4294967295',
    'VP_IDENTITY_INVALID /q.conf:1: "+4294967295" is no user: ids go from 0 to 4294967294; the next one means "do not change"',
  ],
  [
    '4294967296',
    'VP_IDENTITY_INVALID /q.conf:1: "4294967296" is no user: ids go from 0 to 4294967294; the next one means "do not change"',
  ],
  [
    '99999999999999999999',
    'VP_IDENTITY_INVALID /q.conf:1: "99999999999999999999" is no user: ids go from 0 to 4294967294; the next one means "do not change"',
  ],
  [' 107', 'VP_IDENTITY_INVALID /q.conf:1: " 107" is no user: it is neither a name nor a number'],
  ['107 ', 'VP_IDENTITY_INVALID /q.conf:1: "107 " is no user: it is neither a name nor a number'],
  ['', 'VP_IDENTITY_INVALID /q.conf:1: "" is no user: it is neither a name nor a number'],
  ['+', 'VP_IDENTITY_INVALID /q.conf:1: "+" is no user: after "+" only digits may stand'],
  ['++5', 'VP_IDENTITY_INVALID /q.conf:1: "++5" is no user: after "+" only digits may stand'],
  ['+ 5', 'VP_IDENTITY_INVALID /q.conf:1: "+ 5" is no user: after "+" only digits may stand'],
  ['0x10', 'VP_IDENTITY_UNKNOWN /q.conf:1: there is no user "0x10" on this system'],
];

for (const [value, message] of refused) {
  test(`user = ${JSON.stringify(value)} is refused in the file and as an option`, () => {
    assert.equal(refusal(`user = "${value}"\n`), message);
    assert.equal(
      refusal('', { user: value, group: null } as never),
      message.replace('/q.conf:1', '--user'),
    );
    const group = message.replace(/ user( |:)/g, ' group$1').replace('/q.conf:1', '/q.conf:1');
    assert.equal(refusal(`user = "root"\ngroup = "${value}"\n`), group.replace(':1:', ':2:'));
  });
}

test('a number without quotes is an error that says how to write it', () => {
  assert.throws(
    () => resolve('user = 107\n'),
    (error: AppError) => {
      assert.equal(error.code, 'VP_QEMU_CONF_VALUE');
      assert.match(error.message, /\/q\.conf:1: expected a string for 'user' parameter/);
      assert.match(error.hint ?? '', /user = "107"/);
      return true;
    },
  );
});

/** The real name service, and one more user with this name. */
function withUser(name: string, uid: number): Native {
  const entry: UserEntry = { name, uid, gid: 8 };
  return {
    ...native,
    userByName: (wanted) => (wanted === name ? entry : native.userByName(wanted)),
    userById: (wanted) => (wanted === uid ? entry : native.userById(wanted)),
    groupList: () => [8, 30],
  };
}

test('a name is a name before it is a number, blanks and digits or not', () => {
  for (const name of ['107', 'EXAMPLE\\domain user']) {
    const conf = parseQemuConf(`user = "${name}"\ngroup = "+20"\n`, '/q.conf');
    assert.deepEqual(resolveIdentity(withUser(name, 5000), nothing, conf), {
      user: name,
      uid: 5000,
      group: native.groupById(20)?.name,
      gid: 20,
      groups: [8, 20, 30],
    });
  }
  const forced = parseQemuConf('user = "+107"\ngroup = "+20"\n', '/q.conf');
  assert.equal(resolveIdentity(withUser('107', 5000), nothing, forced).uid, 107);
});

test('a name service that does not answer is no reason to try the number', () => {
  const failing: Native = {
    ...native,
    userByName: () => {
      throw Object.assign(new Error('getpwnam: Input/output error'), {
        code: 'EIO',
        syscall: 'getpwnam',
      });
    },
  };
  const conf = parseQemuConf('user = "107"\ngroup = "+20"\n', '/q.conf');
  assert.throws(() => resolveIdentity(failing, nothing, conf), {
    code: 'VP_IDENTITY_UNKNOWN',
    message: 'the name service does not say who QEMU runs as: getpwnam: Input/output error',
  });
});
