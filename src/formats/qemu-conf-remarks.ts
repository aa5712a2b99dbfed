import type { Finding } from '../errors.ts';
import type { ConfEntry } from './qemu-conf.ts';

/** A finding without its place. */
export type Remark = Pick<Finding, 'code' | 'severity' | 'message' | 'hint'>;

/** What libvirt does not start with. */
export function refusal(message: string, hint: string): Remark {
  return { code: 'VP_QEMU_CONF_VALUE', severity: 'error', message, hint };
}

/** A value of the right type that libvirt refuses all the same; null when it takes it. */
export function choiceRemark(entry: ConfEntry): Remark | null {
  const choice = choices[entry.key];
  if (choice === undefined) return brokenRemark(entry);
  const wrong = stringsOf(entry).find((text) => !choice.allowed.includes(text));
  if (wrong === undefined) return brokenRemark(entry);
  return refusal(choice.message(wrong), `use ${choice.allowed.join(', ')}`);
}

/** A setting that gives QEMU more rights than it needs, or takes protection from the host. */
export function dangerRemark(entry: ConfEntry): Remark | null {
  return dangers[entry.key]?.(entry) ?? null;
}

interface Choice {
  readonly allowed: readonly string[];
  /** In libvirt's own words. */
  readonly message: (text: string) => string;
}

const guests = ['none', 'persistent', 'transient', 'all'];

const choices: Readonly<Record<string, Choice>> = {
  auto_shutdown_try_save: {
    allowed: ['none', 'persistent'],
    message: (text) => `unknown auto_shutdown_try_save '${text}'`,
  },
  auto_shutdown_try_shutdown: {
    allowed: guests,
    message: (text) => `unknown auto_shutdown_try_shutdown '${text}'`,
  },
  auto_shutdown_poweroff: {
    allowed: guests,
    message: (text) => `unknown auto_shutdown_poweroff '${text}'`,
  },
  cgroup_controllers: {
    allowed: [
      ...['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'net_cls'],
      ...['perf_event', 'name=systemd'],
    ],
    message: (text) => `Unknown cgroup controller '${text}'`,
  },
  stdio_handler: {
    allowed: ['logd', 'file'],
    message: (text) => `Unknown stdio handler ${text}`,
  },
  sched_core: {
    allowed: ['none', 'vcpus', 'emulator', 'full'],
    message: (text) => `Unknown sched_core value ${text}`,
  },
  namespaces: { allowed: ['mount'], message: (text) => `Unknown namespace: ${text}` },
  max_core: { allowed: ['unlimited'], message: (text) => `Unknown core size '${text}'` },
};

function brokenRemark(entry: ConfEntry): Remark | null {
  const names = stringsOf(entry);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (entry.key === 'security_driver' && twice !== undefined)
    return refusal(`Duplicate security driver ${twice}`, 'name each driver once');
  if (entry.key === 'security_driver' && names.includes('dac'))
    return refusal('Security driver dac not found', 'leave dac out: it is always there');
  if (entry.key === 'hugetlbfs_mount' && names.includes(''))
    return refusal("cannot determine filesystem for ''", 'hugetlbfs_mount = [] switches it off');
  if (entry.key === 'allow_disk_format_probing' && isNumber(entry, 1n))
    return refusal('allow_disk_format_probing is no longer supported', 'remove it');
  return null;
}

const dangers: Readonly<Record<string, (entry: ConfEntry) => Remark | null>> = {
  allow_disk_format_probing: () => info('libvirt no longer probes disk formats', 'remove it'),
  dynamic_ownership: whenZero(
    info(
      'libvirt leaves the owners of disks as they are: QEMU can open only what its user already may',
      'give the disks to that user, or set dynamic_ownership = 1',
    ),
  ),
  remember_owner: whenZero(
    info(
      'libvirt gives files to root when a guest ends, not back to their owner',
      'set remember_owner = 1',
    ),
  ),
  security_default_confined: whenZero(
    warning(
      'guests without a label of their own run unconfined by SELinux or AppArmor',
      'set security_default_confined = 1',
    ),
  ),
  security_driver: (entry) =>
    stringsOf(entry).includes('none')
      ? warning(
          'guests run unconfined by SELinux or AppArmor',
          'leave security_driver out: libvirt takes the one that the host has',
        )
      : null,
  seccomp_sandbox: whenZero(
    warning('QEMU runs without its system call filter', 'leave seccomp_sandbox out'),
  ),
  namespaces: (entry) =>
    stringsOf(entry).length === 0
      ? info('QEMU sees every device node of the host', 'leave namespaces out')
      : null,
  cgroup_device_acl: (entry) =>
    stringsOf(entry).includes('/dev/kvm')
      ? null
      : warning(
          'the list takes the place of the default one and lacks /dev/kvm: no guest gets KVM',
          'add "/dev/kvm" to the list',
        ),
  stdio_handler: (entry) =>
    stringsOf(entry).includes('file')
      ? info('a guest can fill the disk through its log', 'use stdio_handler = "logd"')
      : null,
};

function whenZero(remark: Remark): (entry: ConfEntry) => Remark | null {
  return (entry) => (isNumber(entry, 0n) ? remark : null);
}

function warning(message: string, hint: string): Remark {
  return { code: 'VP_WARN_QEMU_CONF', severity: 'warning', message, hint };
}

function info(message: string, hint: string): Remark {
  return { code: 'VP_WARN_QEMU_CONF', severity: 'info', message, hint };
}

function isNumber({ value }: ConfEntry, wanted: bigint): boolean {
  return value.type === 'integer' && value.value === wanted;
}

function stringsOf({ value }: ConfEntry): readonly string[] {
  if (value.type === 'string') return [value.value];
  return value.type === 'list' ? value.value.map((item) => String(item.value)) : [];
}
