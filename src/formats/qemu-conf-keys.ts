/**
 * What a key holds. `identity`: the string of a user or group; `switch`: 0 or 1; `count` and `signed`:
 * numbers; `names`: a string, or a list of them; `core`: a number or "unlimited"; `bytes`: a number,
 * or a string of one and its unit.
 */
export type KeyKind =
  | 'string'
  | 'identity'
  | 'switch'
  | 'count'
  | 'signed'
  | 'list'
  | 'names'
  | 'core'
  | 'bytes';

export interface ConfKey {
  readonly kind: KeyKind;
  /** The first of the compared releases that has it; null: the oldest has. */
  readonly since: string | null;
  /** Since when libvirt ignores it; null: not yet. */
  readonly gone: string | null;
  /** None of the compared releases reads it. */
  readonly isUnread: boolean;
}

/** The key of that name; undefined: libvirt has none, and ignores it silently. */
export function findConfKey(name: string): ConfKey | undefined {
  return keys.get(name);
}

export function confKeyNames(): readonly string[] {
  return [...keys.keys()];
}

// From the augeas lens and the QEMU driver of libvirt 7.0.0, 9.0.0, 11.3.0 and 12.8.0.
const namesOfKind: Readonly<Record<KeyKind, string>> = {
  identity: 'user group swtpm_user swtpm_group',
  names: 'security_driver hugetlbfs_mount',
  list: 'cgroup_controllers cgroup_device_acl namespaces nvram capability_filters shared_filesystems',
  core: 'max_core',
  bytes: 'auto_dump_max_size',
  signed: 'seccomp_sandbox keepalive_interval',
  count: `max_processes max_files max_threads_per_process max_queued keepalive_count
    remote_display_port_min remote_display_port_max remote_websocket_port_min
    remote_websocket_port_max migration_port_min migration_port_max backup_port_min backup_port_max
    gluster_debug_level auto_shutdown_wait auto_start_delay`,
  switch: `dynamic_ownership remember_owner security_default_confined security_require_confined
    clear_emulator_capabilities set_process_name dump_guest_core mac_filter relaxed_acs_check
    allow_disk_format_probing log_timestamp default_tls_x509_verify vnc_auto_unix_socket vnc_tls
    vnc_tls_x509_verify vnc_sasl vnc_allow_host_audio nographics_allow_host_audio spice_tls
    spice_auto_unix_socket spice_sasl chardev_tls chardev_tls_x509_verify migrate_tls_x509_verify
    migrate_tls_force backup_tls_x509_verify nbd_tls vxhs_tls virtiofsd_debug
    auto_dump_bypass_cache auto_save_bypass_cache auto_start_bypass_cache auto_shutdown_restore
    storage_use_nbdkit`,
  string: `stdio_handler lock_manager memory_backing_dir sched_core deprecation_behavior
    default_cpu_deprecated_features bridge_helper pr_helper slirp_helper dbus_daemon qemu_rdp
    qemu_vnc save_image_format dump_image_format snapshot_image_format auto_dump_path
    auto_shutdown_poweroff auto_shutdown_try_save auto_shutdown_try_shutdown
    migration_address migration_host
    default_tls_x509_cert_dir default_tls_x509_secret_uuid default_tls_priority
    vnc_listen vnc_password vnc_sasl_dir vnc_tls_x509_cert_dir vnc_tls_x509_secret_uuid
    vnc_tls_priority spice_listen spice_password spice_sasl_dir spice_tls_x509_cert_dir
    rdp_listen rdp_username rdp_password rdp_tls_x509_cert_dir
    chardev_tls_x509_cert_dir chardev_tls_x509_secret_uuid chardev_tls_priority
    migrate_tls_x509_cert_dir migrate_tls_x509_secret_uuid migrate_tls_priority
    backup_tls_x509_cert_dir backup_tls_x509_secret_uuid backup_tls_priority
    nbd_tls_x509_cert_dir nbd_tls_x509_secret_uuid nbd_tls_priority
    vxhs_tls_x509_cert_dir vxhs_tls_x509_secret_uuid`,
};

const newcomers: Readonly<Record<string, string>> = {
  '9.0': 'deprecation_behavior sched_core',
  '11.3': `auto_save_bypass_cache auto_shutdown_poweroff auto_shutdown_restore
    auto_shutdown_try_save auto_shutdown_try_shutdown auto_shutdown_wait auto_start_delay qemu_rdp
    rdp_listen rdp_password rdp_tls_x509_cert_dir rdp_username shared_filesystems
    storage_use_nbdkit`,
  '12.8': `auto_dump_max_size backup_port_max backup_port_min backup_tls_priority
    chardev_tls_priority default_cpu_deprecated_features default_tls_priority migrate_tls_priority
    nbd_tls_priority qemu_vnc vnc_tls_priority`,
};

// The lens goes on reading these.
const leavers: Readonly<Record<string, string>> = {
  '6.0': 'clear_emulator_capabilities',
  '12.8': 'vxhs_tls vxhs_tls_x509_cert_dir vxhs_tls_x509_secret_uuid',
};

const keys: ReadonlyMap<string, ConfKey> = new Map(
  Object.entries(namesOfKind).flatMap(([kind, text]) => {
    return words(text).map((name) => [name, makeKey(name, kind as KeyKind)] as const);
  }),
);

function makeKey(name: string, kind: KeyKind): ConfKey {
  const gone = releaseOf(leavers, name);
  return { kind, since: releaseOf(newcomers, name), gone, isUnread: gone === '6.0' };
}

function releaseOf(lists: Readonly<Record<string, string>>, name: string): string | null {
  return Object.entries(lists).find(([, text]) => words(text).includes(name))?.[0] ?? null;
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
