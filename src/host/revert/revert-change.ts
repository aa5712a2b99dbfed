import type { DeviceValue, GroupValue, MembershipValue, UserValue } from '../plan/change.ts';

/** One thing that a revert gives back or removes; `none` when it is as before already. */
export type RevertChange =
  | RevertChangeOf<'group', GroupValue>
  | RevertChangeOf<'user', UserIdValue>
  | RevertChangeOf<'membership', MembershipValue>
  | RevertChangeOf<'file', FileFacts>
  | RevertChangeOf<'device', DeviceValue>;

export interface RevertChangeOf<Kind extends string, Value> {
  readonly kind: Kind;
  /** The name of the account, `USER/GROUP`, or a path as the host itself sees it. */
  readonly id: string;
  readonly action: 'create' | 'update' | 'remove' | 'none';
  /** As it is now; null: it is not there. */
  readonly before: Value | null;
  /** As it was before the apply; null: it was not there. */
  readonly after: Value | null;
  readonly done: boolean;
}

export type UserIdValue = Pick<UserValue, 'uid'>;

/** A file without its content, which may hold secrets. */
export interface FileFacts {
  readonly sha256: string;
  readonly uid: number;
  readonly gid: number;
  /** Octal digits, as in `0644`. */
  readonly mode: string;
}

export function isToDo({ action }: RevertChange): boolean {
  return action !== 'none';
}
