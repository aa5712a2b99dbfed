import { Buffer } from 'node:buffer';
import { AppError } from '../errors.ts';

/** One dependency string that rpm's generator would write, for example `user(qemu) = dSBx…`. */
export interface AccountProvide {
  readonly kind: 'user' | 'group' | 'groupmember';
  readonly text: string;
}

/**
 * The Provides from which rpm makes accounts at installation, computed from the text of sysusers.d
 * files as rpm >= 4.19 does when it builds (rpm-sysusers(7)). Throws VP_POLICY_INVALID for a line
 * that no version of a Provides can carry.
 */
export function accountProvides(sysusers: string): readonly AccountProvide[] {
  return sysusers
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(providesOfLine);
}

function providesOfLine(line: string): readonly AccountProvide[] {
  const [type, name = '', group = ''] = line.split(' ');
  const version = encodeLine(line);
  if (type === 'g') return [{ kind: 'group', text: `group(${name}) = ${version}` }];
  if (type === 'm') return memberProvides(`${name}/${group}`, version);
  return [
    { kind: 'group', text: `group(${name})` },
    { kind: 'user', text: `user(${name}) = ${version}` },
  ];
}

// rpm takes the lines in the order of these names, and its own helper makes a user of wrong ids out of
// a membership that comes first: so the line stands where it follows `user(NAME)`.
function memberProvides(member: string, version: string): readonly AccountProvide[] {
  return [
    { kind: 'groupmember', text: `groupmember(${member})` },
    { kind: 'groupmember', text: `user(${member}) = ${version}` },
  ];
}

// Padded with NUL to a multiple of three bytes, so that base64 needs no `=`, which rpm cannot parse.
function encodeLine(line: string): string {
  const bytes = Buffer.from(line, 'utf8');
  const padded = Buffer.concat([bytes, Buffer.alloc((3 - (bytes.length % 3)) % 3)]);
  const version = padded.toString('base64');
  if (!version.includes('/')) return version;
  const hint = 'its base64 has a /, which no rpm version may have: change the comment of the user';
  throw new AppError('VP_POLICY_INVALID', `rpm cannot carry the sysusers line '${line}'`, { hint });
}
