import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { CallOptions, Site } from './launcher.ts';

// Others keep the machine's own: the mount is in a namespace of this process alone.
const script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id; exec "$@"';

/** Makes the launcher read the boot id of another boot, as it would after the machine was started again. */
export function inNextBoot(site: Site): CallOptions {
  const id = `${site.path}/boot-id`;
  writeFileSync(id, `${randomUUID()}\n`);
  return { wrapper: ['unshare', '--mount', 'sh', '-ec', script, id] };
}
