import { join } from 'node:path';

/** Where downloads and made roots stay between runs, outside the checkout. */
export function cachePath(name: string): string {
  return join(process.env['XDG_CACHE_HOME'] || '/var/cache', 'virt-privileges', name);
}
