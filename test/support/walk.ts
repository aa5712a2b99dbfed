import { chmodSync, chownSync, closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { native } from './native.ts';

export const anna = 12345;
export const ben = 23456;
export const target = 34567;

/** `open`, or why not: the component below the scratch directory and the reason or errno. */
export function walk(scratch: string, path: string, isDevice = false): string {
  try {
    closeSync(
      native.openTrusted(path.startsWith('/') ? path : `${scratch}/${path}`, target, isDevice),
    );
    return 'open';
  } catch (error) {
    const {
      path: component,
      reason,
      code,
    } = error as { path: string; reason?: string; code: string };
    return `${component.replace(`${scratch}/`, '')} ${reason ?? code}`;
  }
}

export function makeFile(path: string, owner: number, mode = 0o600): void {
  writeFileSync(path, 'content');
  chownSync(path, owner, owner);
  chmodSync(path, mode);
}

export function makeDirectory(path: string, owner: number, mode = 0o755): void {
  mkdirSync(path);
  chownSync(path, owner, owner);
  chmodSync(path, mode);
}
