import type { Limit, LimitName } from '../../formats/proc-limits.ts';
import { type ConfEntry, findEntry, type QemuConf, valueError } from '../../formats/qemu-conf.ts';
import type { KeyKind } from '../../formats/qemu-conf-keys.ts';
import { typeHint, typeProblem } from '../../formats/qemu-conf-type.ts';
import type { LimitWish } from './limits.ts';

/** What qemu.conf says about the process, but for who it runs as. */
export interface ProcessSettings {
  readonly dynamicOwnership: boolean;
  /** clear_emulator_capabilities = 0: root keeps them. */
  readonly keepsCapabilities: boolean;
  /** seccomp_sandbox: -1, and where it is not set, means wherever it can be. */
  readonly sandbox: 'on' | 'off' | 'auto';
  readonly limits: readonly LimitWish[];
}

/** Every key that concerns a process, by what it holds; who it runs as is read elsewhere. */
const keysOfKind: Readonly<Partial<Record<KeyKind, string>>> = {
  switch: `dynamic_ownership remember_owner clear_emulator_capabilities set_process_name dump_guest_core
    security_default_confined security_require_confined`,
  count: 'max_files max_processes max_threads_per_process',
  core: 'max_core',
  signed: 'seccomp_sandbox',
  list: 'cgroup_controllers cgroup_device_acl namespaces',
  names: 'security_driver',
  string: 'sched_core',
};

/** Reads the keys that concern a process; VP_QEMU_CONF_VALUE with the line for a value that libvirt would refuse. */
export function readProcessSettings(conf: QemuConf): ProcessSettings {
  for (const entry of conf.entries) requireType(conf, entry);
  return {
    dynamicOwnership: numberOf(findEntry(conf, 'dynamic_ownership')) !== 0,
    keepsCapabilities: numberOf(findEntry(conf, 'clear_emulator_capabilities')) === 0,
    sandbox: readSandbox(numberOf(findEntry(conf, 'seccomp_sandbox')) ?? -1),
    limits: [
      // libvirt counts from descriptor 0 on, and so one more.
      ...readLimit(conf, 'max_files', 'nofile', 1),
      ...readLimit(conf, 'max_processes', 'nproc', 0),
      ...readCore(conf),
    ],
  };
}

function readSandbox(value: number): ProcessSettings['sandbox'] {
  if (value === 0) return 'off';
  return value > 0 ? 'on' : 'auto';
}

function requireType(conf: QemuConf, entry: ConfEntry): void {
  const kind = kindOf(entry.key);
  // Of a key that is set twice the first counts.
  if (kind === undefined || findEntry(conf, entry.key) !== entry) return;
  const problem = typeProblem(entry.key, kind, entry.value);
  if (problem !== null) throw valueError(conf, entry, problem, { hint: typeHint(entry, kind) });
}

function kindOf(key: string): KeyKind | undefined {
  const found = Object.entries(keysOfKind).find(([, keys]) => keys.split(/\s+/).includes(key));
  return found?.[0] as KeyKind | undefined;
}

// 0 leaves the limit as it is.
function readLimit(conf: QemuConf, key: string, name: LimitName, more: number): LimitWish[] {
  const entry = findEntry(conf, key);
  const value = numberOf(entry) ?? 0;
  return entry === undefined || value === 0
    ? []
    : [confWish(name, value + more, describePlace(conf, entry))];
}

function readCore(conf: QemuConf): LimitWish[] {
  const entry = findEntry(conf, 'max_core');
  if (entry === undefined) return [];
  const from = describePlace(conf, entry);
  if (entry.value.type === 'string') {
    if (entry.value.value === 'unlimited') return [confWish('core', 'unlimited', from)];
    const message = `Unknown core size '${entry.value.value}'`;
    throw valueError(conf, entry, message, { hint: 'write a number of bytes, or "unlimited"' });
  }
  const value = numberOf(entry) ?? 0;
  if (Number.isSafeInteger(value)) return [confWish('core', value, from)];
  const message = `value for 'max_core' parameter must be in range 0:${Number.MAX_SAFE_INTEGER}`;
  throw valueError(conf, entry, message, { hint: 'write max_core = "unlimited"' });
}

// libvirt sets soft and hard limit alike.
function confWish(name: LimitName, value: Limit, from: string): LimitWish {
  return { name, limit: [value, value], from, isOption: false };
}

function numberOf(entry: ConfEntry | undefined): number | null {
  return entry?.value.type === 'integer' ? Number(entry.value.value) : null;
}

/** `FILE:LINE: KEY`, to begin a message with. */
export function describePlace({ file }: QemuConf, { key, line }: ConfEntry): string {
  return `${file}:${line}: ${key}`;
}
