import { accessAttribute } from '../../formats/posix-acl.ts';
import type { Native } from '../native.ts';

/** The access list of an open file, as its record holds it (base64); null: it has none, or none that can be read. */
export function readAccessList(native: Native, descriptor: number): string | null {
  try {
    return native.readOpenAttribute(descriptor, accessAttribute)?.toString('base64') ?? null;
  } catch {
    // What is only told of must not keep a file from QEMU, nor from its owner.
    return null;
  }
}
