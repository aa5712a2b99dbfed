import { AppError } from '../../errors.ts';

const pattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;

/** The name of a VM, safe as a file name: letters, digits, `.`, `_`, `-`, at most 64. */
export function parseName(text: string): string {
  if (pattern.test(text)) return text;
  throw new AppError(
    'VP_NAME_INVALID',
    `${JSON.stringify(text)} is no name for a virtual machine`,
    {
      hint: 'use letters, digits, ".", "_" and "-", at most 64, not starting with "." or "-"',
    },
  );
}

/** The guest's own name where it can serve, else one made of the launcher's pid. */
export function defaultName(guestName: string | null, pid: number): string {
  return guestName !== null && pattern.test(guestName) ? guestName : `vm-${pid}`;
}
