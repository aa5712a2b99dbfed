import { AppError } from '../errors.ts';
import { printShellWord } from '../formats/shell-word.ts';
import type { NativeError } from './native.ts';

/** Turns a refused step of a path walk into words: which component, why, what to do. */
export function describeUntrusted(path: string, error: NativeError): AppError {
  const component = error.path ?? path;
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new AppError('VP_PATH_MISSING', `${path} is not there: ${component} is missing`, {
      cause: error,
      path,
      hint: 'make it first (for a disk: qemu-img create), or correct the path',
    });
  }
  if (error.reason === undefined) {
    return new AppError('VP_CLAIM_FAILED', `cannot open ${path}: ${error.message}`, {
      cause: error,
      path,
      hint: `see ${component}`,
    });
  }
  return new AppError(
    'VP_PATH_UNTRUSTED',
    `${path} cannot be given to QEMU: ${component} ${error.reason}`,
    { cause: error, path, hint: hintFor(component, error.reason) },
  );
}

function hintFor(component: string, reason: string): string {
  if (reason.startsWith('can be written')) return `chmod go-w ${printShellWord(component)}`;
  if (reason.includes('link in') || reason.includes('link made')) {
    return 'name the file itself, not the link';
  }
  if (reason.startsWith('has more than one'))
    return `find its other name: find / -samefile ${printShellWord(component)}`;
  return 'keep disks below directories of root or of the owner of the disk, or say --leave PATH';
}
