/** What the administrator wants of a host. Every value has been checked. */
export interface Policy {
  /** The account that QEMU runs as; a null id means whichever is free. */
  readonly user: { readonly name: string; readonly uid: number | null; readonly comment: string };
  readonly group: { readonly name: string; readonly gid: number | null };
  /** Who may open /dev/kvm. */
  readonly kvm: {
    readonly group: { readonly name: string; readonly gid: number | null };
    readonly mode: '0666' | '0660';
    readonly access: 'world' | 'group' | 'uaccess';
  };
  /** Keys of qemu.conf in order: user, group and dynamic_ownership first. */
  readonly qemuConf: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface EffectivePolicy {
  readonly policy: Policy;
  /** `user.name` → `target debian-12`, or `FILE:LINE`. */
  readonly origins: Readonly<Record<string, string>>;
}
