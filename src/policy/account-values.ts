import { type YamlNode, yamlError } from '../formats/yaml.ts';
import { isNull, readInteger, readText } from '../formats/yaml-fields.ts';

const namePattern = /^[a-z_][a-z0-9_-]{0,30}$/;
// No character that passwd, a shell, rpm's macros or sysusers.d would read as something else.
const commentPattern = /^[A-Za-z0-9][A-Za-z0-9 ,._()@+/-]{0,99}$/;

// Accounts with an owner or a meaning of their own: QEMU would get at what is theirs, or they at QEMU.
const reserved = new Set(
  [
    'daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats operator',
    'halt shutdown ftp nobody nogroup nfsnobody _apt dbus messagebus polkitd sshd tss chrony ntp',
    'adm wheel sudo admin disk kmem mem tty shadow staff utmp src docker lxd libvirt',
  ].flatMap((line) => line.split(' ')),
);

/** The name of a user or group, as every tool accepts it; never root, nor another account of the system. */
export function readAccountName(node: YamlNode, name: string): string {
  const text = readText(node, name);
  if (text === 'root') {
    const hint = 'to run QEMU as root set qemu_conf.user and qemu_conf.group';
    throw yamlError(node.mark, `'${name}' is root, which is no account of its own`, hint);
  }
  if (reserved.has(text) || text.startsWith('systemd-')) {
    const hint = 'name an account that is for QEMU alone';
    throw yamlError(node.mark, `'${name}' is ${text}, an account of the system itself`, hint);
  }
  if (namePattern.test(text)) return text;
  const hint = 'a letter a to z or _ first, then letters a to z, digits, _ and -, at most 31';
  throw yamlError(node.mark, `'${name}' is '${text}', which is no account name`, hint);
}

/** The comment (GECOS) of a user. */
export function readComment(node: YamlNode, name: string): string {
  const text = readText(node, name);
  if (commentPattern.test(text)) return text;
  const hint =
    'a letter or digit first, then ASCII letters, digits, blanks and ,._()@+/- , at most 100';
  throw yamlError(node.mark, `'${name}' has a character that account files cannot hold`, hint);
}

/**
 * Reads a uid or gid: a system id from 1 to 999, or `own`, the one that the distribution allocated;
 * null for whichever is free. Higher ids belong to people, to systemd's dynamic users, to nobody.
 */
export function systemId(own: number | null) {
  return (node: YamlNode, name: string): number | null => {
    if (isNull(node)) return null;
    const id = readInteger(node, name);
    if (isSystemId(id, own)) return id;
    const wider = own === null || own <= 999 ? '' : `, or ${own}`;
    const hint = `use 1 to 999${wider}, or null for whichever is free`;
    throw yamlError(node.mark, `'${name}' is ${id}, which is no system id`, hint);
  };
}

/** Whether a policy may name this id; `own` is the one that the distribution allocated. */
export function isSystemId(id: number, own: number | null): boolean {
  return (id >= 1 && id <= 999) || (own !== null && id === own);
}
