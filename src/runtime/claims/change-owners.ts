import { AppError } from '../../errors.ts';
import type { Claim, ClaimRecord, Owner } from '../../formats/claim-record.ts';
import { type AccessIdentity, checkAccess, openChecker } from '../access.ts';
import type { Native } from '../native.ts';
import type { GiveBackContext } from './give-back.ts';
import { type Ledger, removeRecord, writeRecord } from './ledger.ts';
import type { OpenClaim } from './open-claim.ts';
import { printOwner } from './restore.ts';

interface Changed {
  readonly record: ClaimRecord;
  /** Paths that kept their owner: nothing can change it, and it does. */
  readonly left: readonly string[];
}

/**
 * Changes the owners of what is on record already. Any failure gives back what was changed, in reverse:
 * VP_CLAIM_FAILED. A file whose owner nobody can change stays as it is where the identity can use it so.
 */
export function changeOwners(
  context: GiveBackContext,
  record: ClaimRecord,
  open: readonly OpenClaim[],
  identity: AccessIdentity,
): Changed {
  const changed: OpenClaim[] = [];
  const left: Claim[] = [];
  for (const each of open) {
    try {
      changeOwner(context.native, each, each.claim.to);
      changed.push(each);
    } catch (cause) {
      // Half a change may have been made: the file stays only as it was.
      const isLeft =
        isBack(context.native, each) && isUsable(context.native, each.claim, identity, cause);
      if (isLeft) left.push(each.claim);
      else throw claimFailed(each.claim, cause, undo(context, record, [...changed, each]));
    }
  }
  if (left.length === 0) return { record, left: [] };
  try {
    return { record: noteLeft(context, record, left), left: left.map(({ path }) => path) };
  } catch (error) {
    undo(context, record, changed);
    throw error;
  }
}

// Whose it is already keeps even its change time; a server that lets nobody change owners is not asked.
function changeOwner(native: Native, { descriptor }: OpenClaim, owner: Owner): void {
  const now = native.inspect(descriptor);
  if (now.uid !== owner.uid || now.gid !== owner.gid)
    native.changeOwner(descriptor, owner.uid, owner.gid);
}

/** What says that owners cannot be changed there: a server that trusts no root, a file system that keeps none. */
const refusals = ['EPERM', 'EACCES', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS'];

function isUsable(
  native: Native,
  { path }: Claim,
  identity: AccessIdentity,
  cause: unknown,
): boolean {
  if (!refusals.includes((cause as NodeJS.ErrnoException).code ?? '')) return false;
  const checker = openChecker(native, identity);
  return checkAccess(checker, path, { read: true, write: true }).length === 0;
}

// They stay on record as what they are, so that no other VM takes them.
function noteLeft(
  { ledger }: GiveBackContext,
  record: ClaimRecord,
  left: readonly Claim[],
): ClaimRecord {
  const claims = record.claims.map((claim) => {
    return left.includes(claim) ? { ...claim, to: claim.from } : claim;
  });
  writeRecord(ledger, { ...record, claims });
  return { ...record, claims };
}

/** Gives back what was changed; the record goes only when every owner is back, else it stays for `restore`. */
function undo(
  { native, ledger }: GiveBackContext,
  record: ClaimRecord,
  changed: readonly OpenClaim[],
): boolean {
  const isAllBack = [...changed]
    .reverse()
    .map((each) => isBack(native, each))
    .every(Boolean);
  return isAllBack && isRemoved(ledger, record);
}

// One that stays finds nothing to do, and must not hide why the claim has failed.
function isRemoved(ledger: Ledger, record: ClaimRecord): boolean {
  try {
    removeRecord(ledger, record);
    return true;
  } catch {
    return false;
  }
}

function isBack(native: Native, each: OpenClaim): boolean {
  try {
    changeOwner(native, each, each.claim.from);
    return true;
  } catch {
    return false;
  }
}

function claimFailed(claim: Claim, cause: unknown, isAllBack: boolean): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const rest = isAllBack
    ? 'everything given before is back'
    : 'not everything given before is back: qemu-launch restore --all';
  return new AppError(
    'VP_CLAIM_FAILED',
    `cannot give ${claim.path} to ${printOwner(claim.to)}: ${why}`,
    {
      cause,
      path: claim.path,
      hint: `${rest}\nif QEMU may use the file as it is, say --leave PATH`,
    },
  );
}
