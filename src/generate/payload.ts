import type { Finding } from '../errors.ts';

/** One file that `generate` writes, rpmbuild packages and `apply` installs: the same bytes. */
export interface PayloadFile {
  /** The name in the output directory, flat but for what Debian wants in `debian/`. */
  readonly name: string;
  readonly role:
    | 'sysusers'
    | 'members'
    | 'udev-rule'
    | 'tmpfiles'
    | 'unit'
    | 'preset'
    | 'qemu-conf'
    | 'fragment'
    | 'spec'
    | 'debian'
    | 'manifest';
  /** Octal, as `0644`. */
  readonly mode: '0644' | '0755';
  readonly text: string;
  /** Where it is installed; null when it is not. */
  readonly destination: string | null;
}

export type Layout = 'usr' | 'etc';

export interface Payload {
  /** The target's id, or `all`. */
  readonly target: string;
  readonly layout: Layout;
  readonly files: readonly PayloadFile[];
  /** What there is to say of them: nothing of it makes them wrong. */
  readonly findings: readonly Finding[];
}
