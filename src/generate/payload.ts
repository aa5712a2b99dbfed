/** One file that `generate` writes, rpmbuild packages and `apply` installs: the same bytes. */
export interface PayloadFile {
  /** The flat name in the output directory. */
  readonly name: string;
  readonly role:
    | 'sysusers'
    | 'members'
    | 'udev-rule'
    | 'tmpfiles'
    | 'qemu-conf'
    | 'fragment'
    | 'spec'
    | 'manifest';
  /** Octal, as `0644`. */
  readonly mode: string;
  readonly text: string;
  /** Where it is installed; null when it is not. */
  readonly destination: string | null;
}

export type Layout = 'usr' | 'etc';

export interface Payload {
  readonly target: string;
  readonly layout: Layout;
  readonly files: readonly PayloadFile[];
}
