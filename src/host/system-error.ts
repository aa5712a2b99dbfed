import { getSystemErrorMap } from 'node:util';
import { AppError, type ErrorCode } from '../errors.ts';

/** The `code` of a failed system call, as Node and the native part give it; empty for another error. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** The kernel's words without the path, which may be one of /proc that tells people nothing. */
export function describeSystemError(error: unknown): string {
  const code = errorCode(error);
  const known = [...getSystemErrorMap().values()].find(([name]) => name === code);
  if (known !== undefined) return known[1];
  return error instanceof Error ? error.message : String(error);
}

/** Turns a failed call on `path` into an AppError; a missing right of a plain user has its own code. */
export function fileError(
  code: Extract<ErrorCode, 'VP_FILE_READ' | 'VP_FILE_WRITE'>,
  path: string,
  cause: unknown,
): AppError {
  if (cause instanceof AppError) return cause;
  const verb = code === 'VP_FILE_READ' ? 'read' : 'write';
  const message = `cannot ${verb} ${path}: ${describeSystemError(cause)}`;
  const isDenied = ['EACCES', 'EPERM'].includes(errorCode(cause)) && process.geteuid?.() !== 0;
  if (!isDenied) return new AppError(code, message, { cause, path });
  return new AppError('VP_MISSING_PRIVILEGE', message, { cause, path, hint: 'run it as root' });
}
