import { AppError, type ErrorCode } from '../../errors.ts';
import { describeSystemError, errorCode } from '../system-error.ts';

const usualHint = 'give --out a directory that is absent, empty or written by `provision generate`';
const wholeHint = 'the directory is replaced as a whole: give --out one';

/** The error about an output directory that is not fit to be replaced. */
export function outputError(directory: string, reason: string, hint: string = usualHint): AppError {
  return errorOf('VP_OUT_INVALID', directory, reason, { hint });
}

/** Turns whatever stopped the writing into an AppError; one that is it already stays. */
export function outputFailure(directory: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = errorCode(cause);
  const reason = describeSystemError(cause);
  if (code === 'EBUSY')
    return outputError(directory, 'it is a mount point', `${wholeHint} below the mount point`);
  if (code === 'ENOTEMPTY')
    return errorOf('VP_FILE_WRITE', directory, 'another run has just written it', { cause });
  if (code === 'EXDEV')
    return outputError(directory, reason, 'the file system cannot move it: remove it first');
  if (['ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG'].includes(code))
    return outputError(directory, code === 'EEXIST' ? 'not a directory' : reason);
  const isDenied = ['EACCES', 'EPERM'].includes(code) && process.geteuid?.() !== 0;
  const hint = `${wholeHint} that you may write, in a directory that you may write`;
  return isDenied
    ? errorOf('VP_MISSING_PRIVILEGE', directory, reason, { cause, hint })
    : errorOf('VP_FILE_WRITE', directory, reason, { cause });
}

function errorOf(
  code: ErrorCode,
  directory: string,
  reason: string,
  details: { readonly hint?: string; readonly cause?: unknown },
): AppError {
  const message = `cannot write to ${directory}: ${reason}`;
  return new AppError(code, message, { ...details, path: directory });
}
