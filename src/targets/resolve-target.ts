import { AppError, type Finding } from '../errors.ts';
import type { Target } from './target.ts';
import { findTarget } from './targets.ts';

/** A target for a release, and a warning when the table has another in its place. */
export interface ResolvedTarget {
  readonly target: Target;
  readonly findings: readonly Finding[];
}

/**
 * The target for an id as people and os-release write it: exactly, by another name of it, or for a
 * release that is not in the table the nearest older one, for one newer than all of them the newest
 * of its line. Throws VP_TARGET_UNKNOWN for everything else.
 */
export function resolveTarget(targets: readonly Target[], id: string): ResolvedTarget {
  const name = aliases.get(id) ?? withoutPoint(id);
  const known = targets.find((target) => target.id === name);
  if (known !== undefined) return { target: known, findings: [] };
  const wanted = parseRelease(name);
  const line = wanted === null ? [] : releasesOf(targets, wanted.line);
  if (wanted === null || line.length === 0)
    return { target: findTarget(targets, id), findings: [] };
  const target = standIn(targets, line, wanted) ?? throwOlder(id, line);
  return { target, findings: [describeStandIn(id, target)] };
}

const aliases = new Map([
  ['fedora-rawhide', 'rawhide'],
  ['sid', 'debian-sid'],
  ['debian-unstable', 'debian-sid'],
  ['tumbleweed', 'opensuse-tumbleweed'],
]);

/** Where the next release of a line is being made. */
const rolling = new Map([
  ['fedora', 'rawhide'],
  ['opensuse-leap', 'opensuse-tumbleweed'],
  ['debian', 'debian-sid'],
]);

interface Release {
  readonly line: string;
  readonly version: number;
}

// rhel-9.4 is rhel-9 and ubuntu-24.04.1 is ubuntu-24.04: facts do not hang on point releases.
function withoutPoint(id: string): string {
  const pointed =
    /^(?:(rhel|centos|debian|(?:opensuse-)?leap)-(\d{1,2})(?:\.\d{1,3})?|(ubuntu-\d{2}\.\d{2})\.\d)$/;
  const [, line, major, ubuntu] = pointed.exec(id) ?? [];
  if (line === undefined) return ubuntu ?? id;
  return `${line === 'leap' ? 'opensuse-leap' : line}-${major}`;
}

// No release has a number of three digits: such an id is a slip of the pen, not a far future.
function parseRelease(id: string): Release | null {
  const match = /^([a-z]+(?:-[a-z]+)*)-([1-9]\d?)(?:\.(\d{2}))?$/.exec(id);
  if (match === null) return null;
  const [, line = '', major, minor] = match;
  const isDated = line === 'ubuntu';
  if (isDated !== (minor !== undefined)) return null;
  return { line, version: Number(major) * 100 + Number(minor ?? 0) };
}

interface Known {
  readonly target: Target;
  readonly version: number;
}

function releasesOf(targets: readonly Target[], line: string): readonly Known[] {
  return targets
    .flatMap((target) => {
      const release = parseRelease(target.id);
      return release?.line === line ? [{ target, version: release.version }] : [];
    })
    .sort((a, b) => a.version - b.version);
}

function standIn(
  targets: readonly Target[],
  line: readonly Known[],
  wanted: Release,
): Target | undefined {
  const newest = line.at(-1);
  const next = targets.find(({ id }) => id === rolling.get(wanted.line));
  if (newest !== undefined && wanted.version > newest.version) return next ?? newest.target;
  return line.filter(({ version }) => version < wanted.version).at(-1)?.target;
}

function throwOlder(id: string, line: readonly Known[]): never {
  const oldest = line[0]?.target.id ?? '';
  const message = `target '${id}' is not known: the oldest of its kind is ${oldest}`;
  throw new AppError('VP_TARGET_UNKNOWN', message, { hint: "'provision targets' lists all" });
}

function describeStandIn(id: string, { id: used }: Target): Finding {
  return {
    code: 'VP_WARN_TARGET_NEWER',
    severity: 'warning',
    message: `target '${id}' is not in the table of targets: ${used}, the nearest to it, is used in its place`,
    hint: `check that what holds for ${used} holds there too, or choose with --target`,
  };
}
