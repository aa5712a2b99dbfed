import { type YamlNode, yamlError } from '../formats/yaml.ts';
import { isNull, readInteger, readText } from '../formats/yaml-fields.ts';

const namePattern = /^[a-z_][a-z0-9_-]{0,30}$/;
// No character that passwd, a shell, rpm's macros or sysusers.d would read as something else.
const commentPattern = /^[A-Za-z0-9][A-Za-z0-9 ,._()@+/-]{0,99}$/;

/** The name of a user or group, as every tool accepts it; never root. */
export function readAccountName(node: YamlNode, name: string): string {
  const text = readText(node, name);
  if (text === 'root') {
    const hint = 'to run QEMU as root set qemu_conf.user and qemu_conf.group';
    throw yamlError(node.mark, `'${name}' is root, which is no account of its own`, hint);
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
    if ((id >= 1 && id <= 999) || (own !== null && id === own)) return id;
    const wider = own === null || own <= 999 ? '' : `, or ${own}`;
    const hint = `use 1 to 999${wider}, or null for whichever is free`;
    throw yamlError(node.mark, `'${name}' is ${id}, which is no system id`, hint);
  };
}
