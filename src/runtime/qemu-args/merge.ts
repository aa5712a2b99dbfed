import type { HostPath, ImageUse } from './host-path.ts';

/** Each host path once, in the order of first mention: the widest access wins, `from` lists every argument. */
export function mergePaths(paths: readonly HostPath[]): HostPath[] {
  const groups = new Map<string, HostPath[]>();
  for (const path of paths) {
    const group = groups.get(path.path);
    if (group === undefined) groups.set(path.path, [path]);
    else group.push(path);
  }
  return [...groups.values()].map(mergeGroup);
}

function mergeGroup(group: readonly HostPath[]): HostPath {
  const [first] = group;
  if (first === undefined) throw new RangeError('a group of paths is never empty');
  if (group.length === 1) return first;
  const { passed: _, ...widest } = group.find(({ access }) => access === 'rw') ?? first;
  const from = new Set<string>();
  const images = new Map<string, ImageUse>();
  const all = { isPassed: true, shared: false, created: false, optional: true };
  for (const each of group) {
    // One that QEMU opens as well it must be able to open.
    all.isPassed &&= each.passed === true;
    all.shared ||= each.shared;
    all.created ||= each.created;
    all.optional &&= each.optional;
    for (const text of each.from) from.add(text);
    for (const image of each.images ?? []) images.set(JSON.stringify(image), image);
  }
  const { isPassed, ...flags } = all;
  return {
    ...widest,
    ...(isPassed ? { passed: true } : {}),
    ...(images.size > 0 ? { images: [...images.values()] } : {}),
    ...flags,
    from: [...from],
  };
}
