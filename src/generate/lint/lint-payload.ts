import type { Finding } from '../../errors.ts';
import type { Target } from '../../targets/target.ts';
import type { Payload, PayloadFile } from '../payload.ts';
import type { LintFile, LintKind } from './lint-file.ts';
import { lintFiles } from './lint-files.ts';

/** The generator's own gate: what is generated for a target has no finding there, or the generator is wrong. */
export function lintPayload({ files }: Pick<Payload, 'files'>, target: Target): readonly Finding[] {
  return lintFiles(files.flatMap(lintFileOf), { target, policy: null, accounts: null });
}

/** The kind of a generated file by its role; null where there is nothing to look at. */
export function kindOfRole(role: string): LintKind | null {
  return kinds.get(role) ?? null;
}

/** The name under which an installed file is sorted: without a destination, that of the file itself. */
export function installedName(name: string, destination: string | null): string {
  const base = (destination ?? name).split('/').at(-1) ?? name;
  return base.replace(/\.(sysusers|tmpfiles)$/, '.conf');
}

const kinds: ReadonlyMap<string, LintKind> = new Map([
  ['sysusers', 'sysusers'],
  ['members', 'sysusers'],
  ['udev-rule', 'udev-rules'],
  ['tmpfiles', 'tmpfiles'],
  ['qemu-conf', 'qemu-conf'],
  ['spec', 'spec'],
]);

function lintFileOf({ name, role, text, destination }: PayloadFile): readonly LintFile[] {
  const kind = kindOfRole(role);
  if (kind === null || isLeftOut(role, destination)) return [];
  return [{ path: name, name: installedName(name, destination), kind, text }];
}

/** Lines that no package of this target has; what reads them there does not meet them. */
export function isLeftOut(role: string, destination: string | null): boolean {
  return destination === null && (role === 'sysusers' || role === 'members');
}
