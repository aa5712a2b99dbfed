// In the order of include/uapi/linux/capability.h; the last one came with Linux 5.9.
const names =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable ' +
  'net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio ' +
  'sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time ' +
  'sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog ' +
  'wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore';

/** The names, as in capabilities(7) without `cap_`, of a set in the form of /proc; a bit that has none is `cap_N`. */
export function capabilityNames(set: string): readonly string[] {
  const known = names.split(' ');
  const bits = BigInt(`0x${set}`);
  const numbers = Array.from({ length: 64 }, (_, number) => number);
  return numbers
    .filter((number) => ((bits >> BigInt(number)) & 1n) === 1n)
    .map((number) => known[number] ?? `cap_${number}`);
}

/** Whether a set has the capability of this name. */
export function hasCapability(set: string, name: string): boolean {
  return capabilityNames(set).includes(name);
}
