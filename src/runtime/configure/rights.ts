import type { Finding } from '../../errors.ts';
import type { Native } from '../native.ts';

/** What a launch by root needs, by the number of linux/capability.h, and for what. */
const needed = [
  [0, 'CAP_CHOWN', 'to give files to QEMU'],
  [2, 'CAP_DAC_READ_SEARCH', 'to reach files in private directories'],
  [6, 'CAP_SETGID', 'to change groups'],
  [7, 'CAP_SETUID', 'to change the user'],
  [8, 'CAP_SETPCAP', 'to empty the bounding set and lock securebits'],
] as const;

/** Root in a container may lack what root usually has: said before anything is touched. */
export function findMissingRights(native: Native): readonly Finding[] {
  const held = BigInt(`0x${native.readCapabilities(0).effective}`);
  const missing = needed.filter(([number]) => (held & (1n << BigInt(number))) === 0n);
  if (missing.length === 0) return [];
  const list = missing.map(([, name, purpose]) => `${name} (${purpose})`).join(', ');
  const message = `this root lacks ${list}`;
  const hint = 'grant the capabilities to the container or service that starts qemu-launch';
  return [{ code: 'VP_MISSING_PRIVILEGE', severity: 'error', message, hint }];
}
