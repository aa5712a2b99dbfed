import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors.ts';
import { removeAccount, removeMember } from '../../formats/account-edit.ts';
import { readImage } from '../journal/file-image.ts';
import type { RecordedAccount } from '../journal/journal-entry.ts';
import { pathInRoot, type Root } from '../root.ts';
import { openDirectory } from '../root-files.ts';
import { fileError } from '../system-error.ts';
import { writeFile } from '../write-file.ts';
import { describeAccount, remainingAccounts } from './plan-account-removal.ts';

/**
 * Removes these accounts from the four files, under the lock of the account tools, and reads back
 * that they are gone. Our own edit: userdel would take along groups that it did not make, and the
 * tools of an image must not run. `temporaries` are the paths that the new files have at first.
 * Throws VP_FILE_WRITE, VP_APPLY_UNPROVEN.
 */
export async function removeAccounts(
  root: Root,
  accounts: readonly RecordedAccount[],
  temporaries: readonly string[],
): Promise<void> {
  const lock = await lockAccounts(root);
  try {
    for (const path of accountFiles) editFile(root, path, accounts, temporaries);
  } finally {
    closeSync(lock);
  }
  requireGone(root, accounts);
}

/** passwd and group last: they tell whether an account is there, and a run that was cut off starts anew. */
export const accountFiles = ['/etc/gshadow', '/etc/shadow', '/etc/passwd', '/etc/group'] as const;

type AccountFile = (typeof accountFiles)[number];

function editFile(
  root: Root,
  path: AccountFile,
  accounts: readonly RecordedAccount[],
  temporaries: readonly string[],
): void {
  const image = readImage(root, path);
  if (image === null) return;
  // Each byte is one character: comments need not be UTF-8.
  const text = image.content.toString('latin1');
  const edited = accounts.reduce((text, account) => editText(text, path, account), text);
  if (edited === text) return;
  const temporary = temporaries.find((place) => place.startsWith(`/etc/.${posix.basename(path)}.`));
  const name = temporary && posix.basename(temporary);
  writeFile(root, path, Buffer.from(edited, 'latin1'), image, root.native, name);
}

function editText(text: string, path: AccountFile, account: RecordedAccount): string {
  const isOfGroups = path === '/etc/group' || path === '/etc/gshadow';
  if (account.kind === 'membership')
    return isOfGroups ? removeMember(text, account.user, account.group) : text;
  if (account.kind === 'group') return isOfGroups ? removeAccount(text, account.name) : text;
  return isOfGroups ? removeMember(text, account.name) : removeAccount(text, account.name);
}

const PATIENCE = 15_000;
const PAUSE = 100;

// As lckpwdf(3), which waits as long.
async function lockAccounts(root: Root): Promise<number> {
  const file = openLock(root);
  for (let waited = 0; !root.native.tryRecordLock(file); waited += PAUSE) {
    if (waited >= PATIENCE) {
      closeSync(file);
      throw new AppError(
        'VP_ROOT_BUSY',
        `cannot change the accounts of ${root.path}: another program is changing them`,
        {
          path: root.path,
          hint: 'wait for the end of useradd, passwd or the like, then try again',
        },
      );
    }
    await sleep(PAUSE);
  }
  return file;
}

function openLock(root: Root): number {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const directory = openDirectory(root, '/etc');
    try {
      const file = openSync(`/proc/self/fd/${directory}/.pwd.lock`, flags, 0o600);
      if (fstatSync(file).isFile()) return file;
      throw new Error('it is no regular file');
    } finally {
      closeSync(directory);
    }
  } catch (cause) {
    throw fileError('VP_FILE_WRITE', pathInRoot(root, '/etc/.pwd.lock'), cause);
  }
}

function requireGone(root: Root, accounts: readonly RecordedAccount[]): void {
  const left = remainingAccounts(root, [{ changes: accounts }]).map(describeAccount);
  if (left.length === 0) return;
  const message = `${root.path} was changed, but there still is ${left.join(', ')}`;
  throw new AppError('VP_APPLY_UNPROVEN', message, { path: root.path });
}
