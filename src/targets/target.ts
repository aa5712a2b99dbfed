/** What one release of a distribution is and can do. Every field but `id` and `family` is a fact of targets.yaml. */
export interface Target {
  /** For example `fedora-44`. */
  readonly id: string;
  readonly family: 'fedora' | 'rhel' | 'opensuse' | 'debian' | 'ubuntu';
  /** Versions as the distribution writes them, udev's where it was apart (below 183); compare with `isVersionWithin`. */
  readonly rpm: string;
  readonly systemd: string;
  /** How a spec file tells this release, as in `%if 0%{?fedora} >= 42`; null where dpkg owns the system. */
  readonly rpmMacro: 'fedora' | 'rhel' | 'suse_version' | null;
  readonly rpmMacroValue: number | null;
  /** Who makes accounts when a package is installed: its own %pre, or rpm from sysusers.d. */
  readonly accounts: 'scriptlet' | 'native';
  /** The package that brings groupadd and useradd, as %pre must require it; null where rpm knows none. */
  readonly accountTools: string | null;
  /** The distribution's own packages that bring just these accounts; empty where there are none. */
  readonly accountPackages: readonly string[];
  /** How rpm words Requires for owners of packaged files. */
  readonly accountDependencies: 'none' | 'weak' | 'hard';
  /** %sysusers_create_compat: absent, without `m` and UID:GROUP, complete, or expanding to nothing. */
  readonly compatMacro: 'none' | 'partial' | 'complete' | 'neutered';
  /** systemd-sysusers is there to read sysusers.d. */
  readonly hasSysusers: boolean;
  /** Comments, `m` lines and `u!` in packaged sysusers.d files. */
  readonly commentsOk: boolean;
  readonly membersOk: boolean;
  readonly bangOk: boolean;
  /** The debhelper of a release that dpkg owns; dh_installsysusers came with 13. */
  readonly debhelper: number | null;
  readonly udev: 'filetrigger' | 'scriptlet' | 'postinst' | 'pre-static-node';
  readonly rulesDirectory: string;
  /** The base name of our rule: 80-kvm.rules where the distribution's qemu used it. */
  readonly rulesFile: string;
  readonly staticNode: boolean;
  readonly tmpfilesCompanion: boolean;
  /** The package whose udev rule sets /dev/kvm on this release before ours does. */
  readonly kvmRuleOwner: string;
  readonly user: string;
  readonly uid: number | null;
  readonly userComment: string;
  readonly home: string;
  readonly shell: string;
  readonly group: string;
  readonly gid: number | null;
  readonly kvmGroup: string;
  readonly kvmGid: number | null;
  readonly kvmMode: '0666' | '0660';
  readonly kvmAccess: 'world' | 'group' | 'uaccess';
  /** For each fact: where it comes from, and how sure that is. */
  readonly sources: Readonly<Record<string, string>>;
}
