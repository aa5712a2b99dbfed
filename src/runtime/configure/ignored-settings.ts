import type { Finding } from '../../errors.ts';
import { findEntry, type QemuConf } from '../../formats/qemu-conf.ts';
import type { ConfValue } from '../../formats/qemu-conf-value.ts';
import { describePlace } from './process-settings.ts';

/** What the command line itself says about the process. */
export interface OwnWords {
  /** The value of `-sandbox`. */
  readonly sandbox: string | null;
  readonly arguments: readonly string[];
  /** clear_emulator_capabilities = 0 is obeyed. */
  readonly keepsCapabilities: boolean;
}

/** A key, when its value asks for what is not done, and what is so instead. */
type Ignored = readonly [
  key: string,
  isAsked: (value: ConfValue, words: OwnWords) => boolean,
  instead: string,
];

/**
 * One warning for each key of qemu.conf that concerns a process, is set to something that would matter, and has no
 * effect here. Keys that do not concern a process are none of this program's business.
 */
export function describeIgnored(conf: QemuConf, words: OwnWords): readonly Finding[] {
  if (conf.entries.length === 0) return [];
  const findings = table().flatMap(
    ([key, isAsked, instead]): (Finding & { readonly line: number })[] => {
      const entry = findEntry(conf, key);
      if (entry === undefined || !isAsked(entry.value, words)) return [];
      const message = `${describePlace(conf, entry)} has no effect here: ${instead}`;
      const [path, line] = [conf.file, entry.line];
      return [{ code: 'VP_WARN_QEMU_CONF', severity: 'warning', path, line, message, hint: '' }];
    },
  );
  return findings.toSorted((a, b) => a.line - b.line);
}

const isOn = (value: ConfValue) => value.type === 'integer' && value.value !== 0n;
const isOff = (value: ConfValue) => !isOn(value);
const isFilled = (value: ConfValue) => value.type === 'list' && value.value.length > 0;

function table(): readonly Ignored[] {
  const label =
    'QEMU keeps the security label of its caller (a service has SELinuxContext= and AppArmorProfile=)';
  const service = 'a service has';
  return [
    ['remember_owner', isOff, 'owners are always remembered and given back'],
    [
      'clear_emulator_capabilities',
      (value, { keepsCapabilities }) => isOff(value) && !keepsCapabilities,
      'only root has capabilities to keep',
    ],
    ['set_process_name', isOn, 'the command line names the process (-name …,process=NAME)'],
    [
      'dump_guest_core',
      (value, words) =>
        isOff(value) && !words.arguments.some((word) => word.includes('dump-guest-core=off')),
      'the command line decides (-machine …,dump-guest-core=off)',
    ],
    ['max_threads_per_process', isOn, `threads are not counted (${service} TasksMax=)`],
    [
      'seccomp_sandbox',
      (value, { sandbox }) => isOn(value) && sandbox !== null && !sandbox.startsWith('on'),
      'the command line decides (-sandbox on,…)',
    ],
    [
      'cgroup_controllers',
      isFilled,
      `QEMU stays in the control group of its caller (${service} CPUWeight= and MemoryMax=)`,
    ],
    ['cgroup_device_acl', () => true, `no filter of devices is made (${service} DeviceAllow=)`],
    ['namespaces', isFilled, `QEMU sees the device nodes of the host (${service} DeviceAllow=)`],
    ['security_driver', isLabelled, label],
    ['security_default_confined', isOn, label],
    ['security_require_confined', isOn, label],
    [
      'sched_core',
      (value) => value.type === 'string' && value.value !== 'none',
      'QEMU shares cores with other processes',
    ],
  ];
}

function isLabelled(value: ConfValue): boolean {
  const names = value.type === 'list' ? value.value : [value];
  return names.some((name) => name.type === 'string' && name.value !== 'none');
}
