import { dirname } from 'node:path';
import type { Finding } from '../../errors.ts';
import type { Surroundings } from './cell.ts';
import { holdRights, right } from './landlock-rights.ts';
import { planResourceRules } from './resource-rules.ts';

/** The directories below which QEMU may make more than it needs: a right of Landlock's holds for the whole tree. */
export function describeOpened({
  abi,
  resources,
  ownDirectory,
  temporaryDirectory,
}: Surroundings): readonly Finding[] {
  if (abi === 0) return [];
  const rules = planResourceRules(resources, ownDirectory);
  const names = rules.filter(({ how }) => how === 'name');
  // Without an inode it is one that is made for this VM.
  const memory = rules.filter(({ rights, found }) => rights === holdRights && found !== null);
  return [
    ...names.map(({ path, rights }) => describeName(path, rights, ownDirectory)),
    ...memory.map(({ path }) => describeHeld(path, 'guest memory')),
    ...(temporaryDirectory?.isNamed === true
      ? [describeHeld(temporaryDirectory.path, 'snapshots')]
      : []),
  ];
}

function describeName(path: string, rights: number, own: string): Finding {
  const what = rights === right.makeSocket ? 'sockets' : 'links';
  return warning(
    path,
    `QEMU makes ${path} itself: it may make ${what} everywhere below ${dirname(path)}`,
    `put it into ${own}/, which is this VM's alone`,
  );
}

function describeHeld(path: string, what: string): Finding {
  return warning(
    path,
    `QEMU makes files for ${what} in ${path}: it may read, change, make and remove its user's files everywhere below`,
    'name a directory of this VM alone',
  );
}

function warning(path: string, message: string, hint: string): Finding {
  return { code: 'VP_WARN_RELAXED', severity: 'warning', path, message, hint };
}
