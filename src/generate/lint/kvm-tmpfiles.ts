import { matchesGlob } from '../../formats/glob.ts';
import { parseTmpfiles, type TmpfilesLine } from '../../formats/tmpfiles.ts';
import type { LintFile } from './lint-file.ts';

/** A line of tmpfiles.d that sets mode or group of /dev/kvm. */
export interface KvmLine {
  readonly file: LintFile;
  readonly line: TmpfilesLine;
}

/** The lines for /dev/kvm that systemd-tmpfiles applies, in that order: the last one counts. */
export function findKvmLines(files: readonly LintFile[]): readonly KvmLine[] {
  return files
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((file) => parseTmpfiles(file.text).lines.map((line) => ({ file, line })))
    .filter(({ line }) => adjusts(line) && isKvm(line.path));
}

// z and Z change what is there; c leaves a node that stands already as it is.
function adjusts({ type, mode, group }: TmpfilesLine): boolean {
  return ['z', 'Z', 'm'].includes(type) && (mode !== null || group !== null);
}

// glob(3) never takes a slash for a star.
function isKvm(path: string): boolean {
  return path.split('/').length === 3 && matchesGlob(path, '/dev/kvm');
}
