import type { EffectivePolicy, Policy } from '../policy/policy.ts';

type Scalar = string | number | null | readonly string[];

/** The policy as a policy file that gives the same again, with the origin of each value behind it. */
export function printPolicy({ policy, origins }: EffectivePolicy): string {
  const lines = leavesOf(policy).map(({ path, value }) => {
    return { path, text: `${indent(path)}${path.at(-1)}: ${printScalar(value)}` };
  });
  const width = Math.max(...lines.map(({ text }) => text.length));
  return lines
    .map(({ path, text }, index) => {
      const origin = origins[path.join('.')];
      const note = origin === undefined ? '' : `${' '.repeat(width - text.length)}  # ${origin}`;
      return `${headings(path, lines[index - 1]?.path ?? [])}${text}${note}\n`;
    })
    .join('');
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: Scalar;
}

// The names are those of the policy file.
function leavesOf({ user, group, kvm, qemuConf }: Policy): readonly Leaf[] {
  const leaf = (path: string, value: Scalar): Leaf => ({ path: path.split('.'), value });
  return [
    leaf('user.name', user.name),
    leaf('user.uid', user.uid),
    leaf('user.comment', user.comment),
    leaf('group.name', group.name),
    leaf('group.gid', group.gid),
    leaf('kvm.group.name', kvm.group.name),
    leaf('kvm.group.gid', kvm.group.gid),
    leaf('kvm.mode', kvm.mode),
    leaf('kvm.access', kvm.access),
    ...Object.entries(qemuConf).map(([key, value]) => leaf(`qemu_conf.${key}`, value)),
  ];
}

// JSON is YAML, and its quotes keep "0666" a string.
function printScalar(value: Scalar): string {
  const isPlain =
    typeof value === 'string' &&
    /^[a-z][a-z0-9-]*$/.test(value) &&
    !/^(null|true|false|yes|no|on|off|y|n)$/.test(value);
  return isPlain ? String(value) : JSON.stringify(value);
}

function headings(path: readonly string[], previous: readonly string[]): string {
  const parents = path.slice(0, -1);
  const shared = parents.findIndex((name, index) => name !== previous[index]);
  if (shared < 0) return '';
  return parents
    .slice(shared)
    .map((name, index) => `${'  '.repeat(shared + index)}${name}:\n`)
    .join('');
}

function indent(path: readonly string[]): string {
  return '  '.repeat(path.length - 1);
}
