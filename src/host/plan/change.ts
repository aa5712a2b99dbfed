import type { Finding } from '../../errors.ts';
import type { ConfSetting } from '../../formats/qemu-conf-edit.ts';

/** One thing that a host should have; `none` when it already has it. */
export type Change =
  | ChangeOf<'group', GroupValue>
  | ChangeOf<'user', UserValue>
  | ChangeOf<'membership', MembershipValue>
  | ChangeOf<'file', FileValue>
  | FileRemoval
  | ChangeOf<'conf', ConfFileValue>
  | ChangeOf<'device', DeviceValue>
  | ChangeOf<'service', ServiceValue>;

export interface ChangeOf<Kind extends string, Value> {
  readonly kind: Kind;
  /** The name of the account, `USER/GROUP`, or a path as the host itself sees it. */
  readonly id: string;
  readonly action: 'create' | 'update' | 'none';
  readonly before: Value | null;
  readonly after: Value;
  /** The host is as `after` says. */
  readonly done: boolean;
}

/** A file of ours that is not wanted any more. */
export interface FileRemoval {
  readonly kind: 'file';
  readonly id: string;
  readonly action: 'remove';
  readonly before: FileValue;
  readonly after: null;
  readonly done: boolean;
}

/** `null` as an id: whichever the account tool finds free. */
export interface GroupValue {
  readonly gid: number | null;
}

export interface UserValue {
  readonly uid: number | null;
  /** Name of the primary group, or its gid where it has no name. */
  readonly group: string;
}

export interface MembershipValue {
  readonly user: string;
  readonly group: string;
}

export interface FileValue {
  readonly text: string;
  readonly uid: number;
  readonly gid: number;
  /** Octal digits, as in `0644`. */
  readonly mode: string;
}

/** Of a configuration file that belongs to somebody else, only the settings that are meant; null: not set. */
export interface ConfFileValue {
  readonly settings: Readonly<Record<string, ConfSetting | null>>;
  /** The whole file, when it is to be made. */
  readonly text?: string;
}

export interface DeviceValue {
  readonly uid: number;
  /** Name of the group, or its gid where it has no name. */
  readonly group: string;
  readonly mode: string;
  /** What an access list gives others, as `user:1000:rw-`; left out when there is nothing. */
  readonly acl?: readonly string[];
}

/** A daemon that reads its configuration only when it starts. */
export interface ServiceValue {
  readonly configuration: 'old' | 'current';
}

/** What can be asked for on its own with `--only`. */
export const parts = ['accounts', 'device', 'qemu-conf', 'service'] as const;

export type Part = (typeof parts)[number];

/** What is to be done, in the order in which it is done, and what there is to say about it. */
export interface HostPlan {
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

export function isPending(change: Change): boolean {
  return change.action !== 'none';
}

export type AccountChange = Extract<Change, { kind: 'group' | 'user' | 'membership' }>;

export function isAccountChange(change: Change): change is AccountChange {
  return ['group', 'user', 'membership'].includes(change.kind);
}
