import type { KeyValue } from '../../formats/key-value.ts';
import { noDescriptors } from './reading.ts';

const keys = /^(?:fds?|vhostfds?|sock[-_]fds?)$/;

/** Throws for a property that means an open descriptor, since QEMU gets none but its standard input and output. */
export function refuseDescriptors(parts: readonly KeyValue[]): void {
  for (const { key, value } of parts) {
    const isNumber = keys.test(key) && !/^[0-2](?::[0-2])*$/.test(value);
    // A socket address of that type.
    if (isNumber || (/(?:^|\.)type$/.test(key) && value === 'fd')) {
      throw noDescriptors(`${key}=${value}`);
    }
  }
}
