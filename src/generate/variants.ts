import { isInstalled } from './host-files.ts';
import type { PayloadFile } from './payload.ts';
import type { Member } from './union.ts';

/**
 * Gives files of one name and several texts several names: the newest Fedora's keeps the plain one,
 * each other is called after the last target that installs it, as in `virt-privileges.rhel-10.sysusers`.
 */
export function nameVariants(members: readonly Member[]): readonly Member[] {
  return members.map((member) => ({
    ...member,
    host: member.host.map((file) => ({ ...file, name: variantName(file, members) })),
  }));
}

function variantName({ name, text }: PayloadFile, members: readonly Member[]): string {
  const users = members.filter((member) => textOf(member, name) === text);
  const main = members.findLast(({ choice, host }) => {
    return choice.target.family === 'fedora' && host.some((file) => file.name === name);
  });
  if (main === undefined ? users.length === members.length : users.includes(main)) return name;
  const last = users.findLast((member) => isInstalledBy(member, name)) ?? users.at(-1);
  const id = last?.choice.target.id ?? '';
  return name.replace(/(\.[^.]*)$/, `.${id}$1`);
}

function textOf({ host }: Member, name: string): string | undefined {
  return host.find((file) => file.name === name)?.text;
}

function isInstalledBy({ host }: Member, name: string): boolean {
  return host.some((file) => file.name === name && isInstalled(file));
}
