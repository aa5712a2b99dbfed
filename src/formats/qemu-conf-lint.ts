import { AppError, type Finding } from '../errors.ts';
import { nearNames } from './near-names.ts';
import { type ConfEntry, parseQemuConf } from './qemu-conf.ts';
import { identityRemark } from './qemu-conf-identity.ts';
import { type ConfKey, confKeyNames, findConfKey } from './qemu-conf-keys.ts';
import { choiceRemark, dangerRemark, type Remark, refusal } from './qemu-conf-remarks.ts';
import { typeHint, typeProblem } from './qemu-conf-type.ts';

/**
 * What is wrong with a qemu.conf, in its order: `error`: libvirt refuses to start with it; `warning`: it
 * silently ignores it, or QEMU gets rights that it should not have; `info`: worth knowing. Never throws.
 */
export function lintQemuConf(text: string, file: string): readonly Finding[] {
  try {
    const { entries } = parseQemuConf(text, file);
    // The first of a key counts: later ones must not overwrite it here either.
    const first = new Map(entries.toReversed().map((entry) => [entry.key, entry]));
    return entries.flatMap((entry) => {
      const remark = describeEntry(entry, first.get(entry.key) ?? entry);
      return remark === null ? [] : [{ ...remark, path: file, line: entry.line }];
    });
  } catch (error) {
    if (error instanceof AppError && error.code === 'VP_QEMU_CONF_SYNTAX')
      return [syntaxFinding(error, file)];
    throw error;
  }
}

function syntaxFinding({ message, hint = '', line = 1 }: AppError, path: string): Finding {
  return { code: 'VP_QEMU_CONF_SYNTAX', severity: 'error', path, line, message, hint };
}

function describeEntry(entry: ConfEntry, first: ConfEntry): Remark | null {
  const key = findConfKey(entry.key);
  if (key === undefined) return unknownRemark(entry.key);
  if (first !== entry) return duplicateRemark(entry.key, first.line);
  return describeValue(entry, key);
}

function describeValue(entry: ConfEntry, key: ConfKey): Remark | null {
  const gone = key.gone === null ? null : goneRemark(entry.key, key.gone);
  if (gone !== null && key.isUnread) return gone;
  const problem = typeProblem(entry.key, key.kind, entry.value);
  if (problem !== null) return refusal(problem, typeHint(entry, key.kind));
  return (
    gone ??
    choiceRemark(entry) ??
    (key.kind === 'identity' ? identityRemark(entry) : null) ??
    dangerRemark(entry) ??
    newcomerRemark(entry.key, key)
  );
}

function unknownRemark(name: string): Remark {
  const near = nearNames(name, confKeyNames()).map((known) => `'${known}'`);
  return ignored(
    `libvirt knows no key '${name}' and ignores it`,
    near.length > 0 ? `did you mean ${near.join(', ')}?` : 'remove it',
  );
}

function duplicateRemark(name: string, line: number): Remark {
  return ignored(
    `'${name}' is set a second time: libvirt uses line ${line} and ignores this one`,
    'remove one of the two',
  );
}

function goneRemark(name: string, release: string): Remark {
  return ignored(`libvirt ${release} and newer ignore '${name}'`, 'remove it');
}

function newcomerRemark(name: string, { since }: ConfKey): Remark | null {
  if (since === null) return null;
  const message = `a libvirt much older than ${since} does not know '${name}' and ignores it`;
  return { ...ignored(message, 'nothing to do where libvirt is newer'), severity: 'info' };
}

function ignored(message: string, hint: string): Remark {
  return { code: 'VP_WARN_QEMU_CONF', severity: 'warning', message, hint };
}
