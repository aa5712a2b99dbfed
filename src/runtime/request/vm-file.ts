import { parseVmFile, type VmFile } from '../../formats/vm-file.ts';
import { findVmFile } from '../directories.ts';
import type { Surroundings } from '../prepare.ts';
import { readNamed } from '../trusted-file.ts';

/**
 * The file of the VM `name`, which parseName has seen. It says what root starts: one that others can write is
 * refused. VP_FILE_READ, and VP_USAGE with the place for what is wrong in it.
 */
export function readVmFile(
  { native, mode, variables }: Pick<Surroundings, 'native' | 'mode' | 'variables'>,
  name: string,
): VmFile {
  const path = findVmFile(mode, variables, name);
  const hint = `write QEMU's command line into it, or give it after \`--\``;
  return parseVmFile(readNamed(native, path, { mode, hint }), path);
}
