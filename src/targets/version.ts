import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import { AppError } from '../errors.ts';

/**
 * Brings a distribution's version into semver's three numbers: `4.19.1.1` → `4.19.1`,
 * `259` → `259.0.0`, `1:257.13-1~deb13u1` → `257.13.0`, `4.13.0~rc1` → `4.13.0-rc.1`.
 * Epoch, packaging revision and fourth number are dropped: no fact hangs on them.
 */
export function normaliseVersion(version: string): string {
  const match = /^(?:\d+:)?(\d+(?:\.\d+)*)(?:[~.-]?rc(\d*))?(?:[-+~].*)?$/.exec(version);
  if (match?.[1] === undefined) throw versionError(`'${version}' is not a version`);
  const [major = '0', minor = '0', patch = '0'] = match[1].split('.');
  const core = [major, minor, patch].map(Number).join('.');
  return match[2] === undefined ? core : `${core}-rc.${Number(match[2] || '0')}`;
}

/** Whether a distribution's version lies in a semver range such as `>=4.19.0 <4.20.0`. */
export function isVersionWithin(version: string, range: string): boolean {
  if (validRange(range) === null) throw versionError(`'${range}' is not a range of versions`);
  return satisfies(normaliseVersion(version), range, { includePrerelease: true });
}

function versionError(message: string): AppError {
  return new AppError('VP_INTERNAL', message, { hint: 'correct the table of targets' });
}
