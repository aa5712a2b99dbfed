import { AppError } from '../errors.ts';
import type { QemuConf } from '../formats/qemu-conf.ts';
import { findEntry, stringSetting } from '../formats/qemu-conf.ts';
import type { GroupEntry, Native, NativeError, UserEntry } from './native.ts';
import { isNativeError } from './native.ts';
import { readOwnGroups } from './process-facts.ts';

/** Who QEMU runs as, resolved once. */
export interface Identity {
  /** The account's name, or the number where no account bears it. */
  readonly user: string;
  readonly uid: number;
  readonly group: string;
  readonly gid: number;
  /** Every supplementary group, ascending, the group itself among them. */
  readonly groups: readonly number[];
}

interface IdentityOptions {
  readonly user: string | null;
  readonly group: string | null;
}

interface Wish {
  readonly text: string;
  /** Where it stands: an option or a line of qemu.conf, for messages. */
  readonly from: string;
}

const defaultAccounts = ['qemu', 'libvirt-qemu'] as const;

/**
 * The identity that qemu.conf and the options ask for (system mode).
 * A name is looked up before a number is tried, `+N` is a number only, as in
 * libvirt; unlike there, -1 in any spelling is refused, since it would leave
 * root in place.
 */
export function resolveIdentity(
  native: Native,
  options: IdentityOptions,
  conf: QemuConf,
): Identity {
  try {
    return resolve(native, options, conf);
  } catch (error) {
    throw isNativeError(error) ? unanswered(error) : error;
  }
}

// A name that nobody could look up is not one that is not there: the number must not be tried.
function unanswered(cause: NativeError): AppError {
  return new AppError(
    'VP_IDENTITY_UNKNOWN',
    `the name service does not say who QEMU runs as: ${cause.message}`,
    { cause, hint: 'see that it answers: getent passwd, or name user and group by numbers' },
  );
}

function resolve(native: Native, options: IdentityOptions, conf: QemuConf): Identity {
  const userWish = findWish(options.user, '--user', conf, 'user');
  const groupWish = findWish(options.group, '--group', conf, 'group');
  const user = userWish === null ? defaultUser(native) : findUser(native, userWish);
  const group =
    groupWish === null ? primaryGroup(native, user, userWish) : findGroup(native, groupWish);
  const { gid } = group;
  return {
    user: user.user,
    uid: user.uid,
    group: group.group,
    gid,
    groups: supplementaryGroups(native, user.account, gid),
  };
}

/** The caller's own identity: without root nobody else's can be had (session mode). */
export function sessionIdentity(native: Native): Identity {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  return {
    user: native.userById(uid)?.name ?? String(uid),
    uid,
    group: native.groupById(gid)?.name ?? String(gid),
    gid,
    groups: readOwnGroups(),
  };
}

function findWish(
  option: string | null,
  optionName: string,
  conf: QemuConf,
  key: 'user' | 'group',
): Wish | null {
  if (option !== null) return { text: option, from: optionName };
  const text = stringSetting(conf, key);
  if (text === null) return null;
  return { text, from: `${conf.file}:${findEntry(conf, key)?.line}` };
}

interface ResolvedUser {
  readonly user: string;
  readonly uid: number;
  /** What the name service has under this id; asked once, for that may mean a dialogue with a daemon. */
  readonly account: UserEntry | null;
}

interface ResolvedGroup {
  readonly group: string;
  readonly gid: number;
}

function findUser(native: Native, wish: Wish): ResolvedUser {
  const entry = isForcedNumber(wish.text) ? null : native.userByName(accountName(wish, 'user'));
  const uid = entry === null ? parseId(wish, 'user') : checkId(entry.uid, wish, 'user');
  const account = native.userById(uid);
  return { user: entry?.name ?? account?.name ?? String(uid), uid, account };
}

function findGroup(native: Native, wish: Wish): ResolvedGroup {
  const entry = isForcedNumber(wish.text) ? null : native.groupByName(accountName(wish, 'group'));
  if (entry !== null) return { group: entry.name, gid: checkId(entry.gid, wish, 'group') };
  const gid = parseId(wish, 'group');
  return { group: native.groupById(gid)?.name ?? String(gid), gid };
}

function isForcedNumber(text: string): boolean {
  return text.startsWith('+');
}

// Outer blanks, signs and the empty text never name an account; libvirt reads numbers out of some of them.
function accountName(wish: Wish, kind: 'user' | 'group'): string {
  if (/^[^\s:,+-]([^\n:]*[^\s:])?$/.test(wish.text)) return wish.text;
  throw invalid(wish, kind, 'it is neither a name nor a number');
}

function parseId(wish: Wish, kind: 'user' | 'group'): number {
  const digits = wish.text.replace(/^\+/, '');
  if (!/^[0-9]+$/.test(digits)) {
    if (isForcedNumber(wish.text)) throw invalid(wish, kind, 'after "+" only digits may stand');
    throw unknown(wish, kind);
  }
  return checkId(Number(digits), wish, kind);
}

function checkId(id: number, wish: Wish, kind: 'user' | 'group'): number {
  if (Number.isSafeInteger(id) && id < 0xffffffff) return id;
  throw invalid(wish, kind, 'ids go from 0 to 4294967294; the next one means "do not change"');
}

function invalid(wish: Wish, kind: string, why: string): AppError {
  return new AppError(
    'VP_IDENTITY_INVALID',
    `${wish.from}: ${JSON.stringify(wish.text)} is no ${kind}: ${why}`,
    { hint: `give the ${kind}'s name, its number, or "+NUMBER"` },
  );
}

function unknown(wish: Wish, kind: string): AppError {
  return new AppError(
    'VP_IDENTITY_UNKNOWN',
    `${wish.from}: there is no ${kind} ${JSON.stringify(wish.text)} on this system`,
    { hint: `make it (\`provision apply\` makes the policy's accounts) or name another ${kind}` },
  );
}

function defaultUser(native: Native): ResolvedUser {
  for (const name of defaultAccounts) {
    const entry: UserEntry | null = native.userByName(name);
    if (entry === null) continue;
    return { user: entry.name, uid: entry.uid, account: native.userById(entry.uid) };
  }
  throw new AppError(
    'VP_IDENTITY_UNKNOWN',
    'no user is set for QEMU, and neither "qemu" nor "libvirt-qemu" exists',
    { hint: 'run `provision apply`, or name one with --user or `user` in qemu.conf' },
  );
}

/** Without a word on the group: the default user's namesake, else the user's own primary group. */
function primaryGroup(native: Native, user: ResolvedUser, wish: Wish | null): ResolvedGroup {
  const namesake: GroupEntry | null = wish === null ? native.groupByName(user.user) : null;
  const gid = namesake?.gid ?? user.account?.gid;
  if (gid !== undefined) return { group: native.groupById(gid)?.name ?? String(gid), gid };
  throw new AppError(
    'VP_IDENTITY_UNKNOWN',
    `user ${user.user} has no account, so it has no group either`,
    { hint: 'name one with --group or `group` in qemu.conf' },
  );
}

/** What the name service gives the user, and the group; an id without account has the group alone. */
function supplementaryGroups(
  native: Native,
  account: UserEntry | null,
  gid: number,
): readonly number[] {
  if (account === null) return [gid];
  const groups = native.groupList(account.name, account.gid);
  return groups.includes(gid) ? groups : [...groups, gid].sort((a, b) => a - b);
}
