import { existsSync, readFileSync } from 'node:fs';
import { native } from './native.ts';

/** What a host may keep from everybody, by what its kernel says. */
const gates: Readonly<Record<string, readonly (readonly [file: string, open: RegExp])[]>> = {
  ring: [['kernel/io_uring_disabled', /^0/]],
  namespace: [
    ['user/max_user_namespaces', /^[1-9]/],
    ['kernel/unprivileged_userns_clone', /^1/],
    ['kernel/apparmor_restrict_unprivileged_userns', /^0/],
  ],
};

/** Whether an attempt of the probe succeeds here without a cell; where it cannot, it shows no difference. */
export function canShow(attempt: string): boolean {
  if (attempt === 'raise') return canRaise();
  if (attempt.startsWith('watch ')) return existsSync('/proc/sys/kernel/perf_event_paranoid');
  return (gates[attempt.replace('clone-', '')] ?? []).every(([file, open]) => {
    const path = `/proc/sys/${file}`;
    return !existsSync(path) || open.test(readFileSync(path, 'utf8'));
  });
}

// Root of a container often lacks CAP_SYS_RESOURCE (24).
function canRaise(): boolean {
  return ((BigInt(`0x${native.readCapabilities(0).effective}`) >> 24n) & 1n) === 1n;
}
