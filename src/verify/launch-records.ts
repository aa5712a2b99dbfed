import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { attempt, orNull } from './read-proc.ts';

/** What the audit takes from a record of `qemu-launch`. */
export interface LaunchRecord {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly landlock: string | null;
}

/** The launcher's records below a state directory; those that cannot be read, or that somebody else wrote, are none. */
export function readLaunchRecords(stateDirectory: string): readonly LaunchRecord[] {
  const directory = `${stateDirectory}/claims`;
  const names = orNull(attempt(() => readdirSync(directory))) ?? [];
  return names
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .flatMap((name) => parseLaunchRecord(orNull(attempt(() => readOwn(`${directory}/${name}`)))));
}

function readOwn(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    const isOwn = facts.uid === 0 || facts.uid === process.geteuid?.();
    return facts.isFile() && isOwn ? readFileSync(file, 'utf8') : '';
  } finally {
    closeSync(file);
  }
}

function parseLaunchRecord(text: string | null): readonly LaunchRecord[] {
  const value = parseObject(text ?? '');
  const { name, pid, startTime, bootId, landlock } = value;
  if (typeof name !== 'string' || typeof pid !== 'number') return [];
  if (typeof startTime !== 'string' || typeof bootId !== 'string') return [];
  const level = typeof landlock === 'object' && landlock !== null ? { ...landlock } : {};
  const word = 'level' in level && typeof level.level === 'string' ? level.level : null;
  return [{ name, pid, startTime, bootId, landlock: word }];
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
