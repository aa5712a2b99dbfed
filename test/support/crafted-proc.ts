import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One process of a made-up /proc; what is left out is as of a QEMU that has no privilege. */
export interface CraftedProcess {
  readonly pid: number;
  readonly exe?: string | null;
  readonly comm?: string;
  readonly state?: string;
  readonly flags?: number;
  readonly ppid?: number;
  readonly startTime?: number;
  readonly cmdline?: readonly string[];
  readonly cgroup?: string;
  /** Lines of status over those of a process without privilege. */
  readonly status?: Readonly<Record<string, string>>;
  /** The same for further threads. */
  readonly threads?: Readonly<Record<number, Readonly<Record<string, string>>>>;
  readonly namespace?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export const emptySet = '0000000000000000';
export const fullSet = '000001ffffffffff';

const harmless: Readonly<Record<string, string>> = {
  Name: 'qemu-system-x86',
  State: 'S (sleeping)',
  Uid: '107\t107\t107\t107',
  Gid: '107\t107\t107\t107',
  Groups: '107 ',
  SigBlk: emptySet,
  SigIgn: emptySet,
  SigCgt: emptySet,
  CapInh: emptySet,
  CapPrm: emptySet,
  CapEff: emptySet,
  CapBnd: emptySet,
  CapAmb: emptySet,
  NoNewPrivs: '1',
  Seccomp: '2',
  Seccomp_filters: '1',
};

/** The text of a status file. */
export function statusText(lines: Readonly<Record<string, string>> = {}): string {
  const all = { ...harmless, Tgid: '1', Pid: '1', PPid: '1', Threads: '1', ...lines };
  return Object.entries(all)
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');
}

/** Makes ROOT/proc with these processes and returns ROOT. */
export function makeProcRoot(root: string, processes: readonly CraftedProcess[]): string {
  const proc = join(root, 'proc');
  write(join(proc, 'sys/kernel/random/boot_id'), 'boot-1\n');
  write(join(proc, 'self/uid_map'), '         0          0 4294967295\n');
  link(join(proc, 'self/ns/user'), 'user:[1]');
  for (const one of processes) makeProcess(join(proc, String(one.pid)), one);
  return root;
}

function makeProcess(base: string, one: CraftedProcess): void {
  const { pid, exe = '/usr/bin/qemu-system-x86_64', comm = 'qemu-system-x86' } = one;
  const { state = 'S', flags = 0, ppid = 1, startTime = 100, cmdline = [], cgroup = '' } = one;
  const lines = {
    Name: comm,
    Tgid: String(pid),
    Pid: String(pid),
    PPid: String(ppid),
    ...one.status,
  };
  const fields = `${state} ${ppid} 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 ${startTime} 0 0`;
  write(join(base, 'stat'), `${pid} (${comm}) ${fields}\n`);
  write(join(base, 'comm'), `${comm}\n`);
  write(join(base, 'status'), statusText(lines));
  write(join(base, `task/${pid}/status`), statusText(lines));
  for (const [thread, own] of Object.entries(one.threads ?? {}))
    write(join(base, `task/${thread}/status`), statusText({ ...lines, Pid: thread, ...own }));
  write(join(base, 'cmdline'), cmdline.map((word) => `${word}\0`).join(''));
  write(join(base, 'cgroup'), cgroup);
  write(join(base, 'limits'), limits);
  if (exe !== null) link(join(base, 'exe'), exe);
  link(join(base, 'ns/user'), one.namespace ?? 'user:[1]');
  mkdirSync(join(base, 'fd'));
  for (const [name, text] of Object.entries(one.files ?? {})) write(join(base, name), text);
}

const limits = `Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    unlimited            bytes
Max processes             7796                 7796                 processes
Max open files            1024                 4096                 files
Max locked memory         65536                65536                bytes
`;

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export function link(path: string, to: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(to, path);
}
