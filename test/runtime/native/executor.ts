import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import type { Placement } from '../../../src/runtime/native.ts';
import { executorPath, native } from '../../support/native.ts';

/** The words of a plan by name; what a test does not set is harmless. */
export interface PlanWords {
  readonly mode?: string;
  readonly uid?: number | string;
  readonly gid?: number | string;
  readonly groups?: readonly (number | string)[];
  readonly umask?: string;
  readonly parent?: number | string;
  readonly limits?: readonly (readonly [number, number, number])[];
  /** Descriptors that the program keeps. */
  readonly kept?: readonly (number | string)[];
  readonly files?: readonly FileWords[];
  readonly capabilities?: string;
  readonly oomScore?: string;
  readonly directory?: string;
  readonly denied?: number | string;
  /** Handled rights on files and ports, scopes, flags. */
  readonly landlock?: readonly (number | string)[];
  readonly ports?: readonly (readonly [number | string, number | string])[];
  readonly argv: readonly string[];
  readonly env?: readonly string[];
}

/** One file of a plan. */
export interface FileWords {
  readonly how?: string;
  readonly rights?: number | string;
  readonly device?: string;
  readonly inode?: string;
  readonly path: string;
}

export const testIdentity = { uid: 34567, gid: 45678, groups: [45678, 56789] };

/** The plan as qemu-exec takes it; the first word of argv is the emulator. */
export function planWords(plan: PlanWords): readonly string[] {
  const groups = plan.groups ?? testIdentity.groups;
  const limits = plan.limits ?? [];
  const kept = plan.kept ?? [];
  const files = plan.files ?? [];
  const ports = plan.ports ?? [];
  const env = plan.env ?? ['PATH=/usr/bin:/bin'];
  return [
    'virt-privileges-plan',
    '2',
    'test',
    plan.mode ?? 'system',
    String(plan.uid ?? testIdentity.uid),
    String(plan.gid ?? testIdentity.gid),
    String(groups.length),
    ...groups.map(String),
    plan.umask ?? '77',
    String(plan.parent ?? process.pid),
    String(limits.length),
    ...limits.flat().map(String),
    String(kept.length),
    ...kept.map(String),
    plan.capabilities ?? 'none',
    plan.oomScore ?? '-',
    plan.directory ?? '/',
    String(plan.denied ?? 0),
    ...(plan.landlock ?? [0, 0, 0, 0]).map(String),
    String(files.length),
    ...files.flatMap(fileWords),
    String(ports.length),
    ...ports.flat().map(String),
    plan.argv[0] ?? '',
    String(plan.argv.length),
    ...plan.argv,
    String(env.length),
    ...env,
  ];
}

function fileWords({ how, rights, device, inode, path }: FileWords): readonly string[] {
  return [how ?? 'path', String(rights ?? 0), device ?? '0', inode ?? '0', path];
}

export interface Performed {
  /** The step that failed, or null when exec happened. */
  readonly step: string | null;
  readonly errno: number;
  readonly exitStatus: number;
  readonly stdout: string;
}

export interface PerformOptions {
  readonly executor?: string;
  /** What the words become before they are handed over. */
  readonly bytes?: Uint8Array;
  readonly descriptors?: readonly number[];
  /** Words to start the executor with another program, such as setpriv. */
  readonly wrapper?: readonly string[];
}

/** Performs a plan with the real executor, as the launcher does. */
export function perform(plan: PlanWords, options: PerformOptions = {}): Performed {
  const bytes = options.bytes ?? encode(planWords(plan));
  const memory = native.sealedMemory('test-plan', bytes);
  const [statusEnd, statusWrite] = native.pipe();
  const [goRead, goEnd] = native.pipe();
  const [outEnd, outWrite] = native.pipe();
  const executor = options.executor ?? executorPath;
  const words = [...(options.wrapper ?? []), executor, '--plan', '3', '--status', '4', '--go', '5'];
  const child = native.spawn({
    path: words[0] ?? executor,
    argv: words,
    env: ['PATH=/usr/bin:/bin'],
    descriptors: inOrder([
      ...[0, outWrite, 2, memory, statusWrite, goRead],
      ...(options.descriptors ?? []),
    ]),
  });
  for (const descriptor of [memory, statusWrite, goRead, outWrite]) closeSync(descriptor);
  giveWord(goEnd);
  closeSync(goEnd);
  const status = readWhole(statusEnd);
  const stdout = readWhole(outEnd);
  const exitStatus = native.waitFor(child.pidfd, 20_000) ?? -1;
  closeSync(child.pidfd);
  const [step, errno] = status.split('\0');
  return {
    step: status === '' ? null : (step ?? ''),
    errno: Number(errno ?? 0),
    exitStatus,
    stdout,
  };
}

// An executor that has refused the plan is gone already.
function giveWord(goEnd: number): void {
  try {
    writeSync(goEnd, 'g');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Descriptors that the child gets as 0, 1, 2, 3 … */
export function inOrder(descriptors: readonly number[]): readonly Placement[] {
  return descriptors.map((own, number) => [own, number]);
}

export function encode(words: readonly string[]): Uint8Array {
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

function readWhole(descriptor: number): string {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65536);
  for (let got = readSync(descriptor, chunk); got > 0; got = readSync(descriptor, chunk)) {
    chunks.push(Buffer.from(chunk.subarray(0, got)));
  }
  closeSync(descriptor);
  return Buffer.concat(chunks).toString();
}

/** A descriptor on a file that only root may read: it must never reach the emulator. */
export function openSecret(): number {
  readFileSync('/etc/shadow');
  return openSync('/etc/shadow', constants.O_RDONLY);
}

/** Starts the executor as somebody who is not root but holds a capability, also ambient. */
export const asUser = [
  '/usr/bin/setpriv',
  '--reuid=34567',
  '--regid=45678',
  '--groups=45678,56789',
  '--inh-caps=+net_raw',
  '--ambient-caps=+net_raw',
];
