import type { HostPath } from './host-path.ts';

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
  const widest = group.find(({ access }) => access === 'rw') ?? group[0];
  if (widest === undefined) throw new RangeError('a group of paths is never empty');
  // One that QEMU opens as well it must be able to open.
  const { passed = false, ...rest } = widest;
  const isPassed = passed && group.every((each) => each.passed === true);
  const images = distinct(group.flatMap(({ images }) => images ?? []));
  return {
    ...rest,
    ...(isPassed ? { passed: true } : {}),
    ...(images.length > 0 ? { images } : {}),
    shared: group.some(({ shared }) => shared),
    created: group.some(({ created }) => created),
    optional: group.every(({ optional }) => optional),
    from: [...new Set(group.flatMap(({ from }) => from))],
  };
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return values.length < 2
    ? [...values]
    : [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
