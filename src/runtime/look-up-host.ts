import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { HostLookup } from './qemu-args/host-lookup.ts';

/** What this machine says about the devices that arguments name. */
export const hostLookup: HostLookup = {
  exists: (path) => existsSync(path),
  list: (directory) => attempt(() => readdirSync(directory).sort()) ?? [],
  link: (path) => attempt(() => basename(readlinkSync(path))),
  isRootsOwn: (path) => {
    const facts = attempt(() => statSync(path));
    return facts?.isDirectory() === true && facts.uid === 0 && (facts.mode & 0o022) === 0;
  },
  attribute: (path) => attempt(() => readFileSync(path, 'utf8').replace(/\n$/, '')),
};

// What cannot be read is as good as not there: the argument is then refused by name.
function attempt<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch {
    return null;
  }
}
