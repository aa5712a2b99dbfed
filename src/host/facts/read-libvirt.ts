import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parseProcStat } from '../../formats/proc-stat.ts';
import { parseProcStatus } from '../../formats/proc-status.ts';
import { runTool } from '../command.ts';
import { errorCode } from '../system-error.ts';
import { readLine } from './read-environment.ts';

/** A running daemon that has read qemu.conf. */
export interface LibvirtDaemon {
  readonly name: 'virtqemud' | 'libvirtd';
  readonly pid: number;
  /** Seconds since 1970, hardly more than one too few: the kernel gives its own start in whole ones. */
  readonly started: number;
  /** The systemd service whose main process it is; null when somebody else started it. */
  readonly unit: string | null;
}

const names: readonly string[] = [
  'virtqemud',
  'libvirtd',
] satisfies readonly LibvirtDaemon['name'][];

/** The system's daemons that manage QEMU; null where /proc shows no processes. A user's own session daemon is none. */
export async function readLibvirt(hasSystemd: boolean): Promise<readonly LibvirtDaemon[] | null> {
  const boot = /^btime (\d+)$/m.exec(readLine('/proc/stat') ?? '')?.[1];
  if (boot === undefined) return null;
  const found = readdirSync('/proc')
    .filter((pid) => /^[0-9]+$/.test(pid))
    .flatMap((pid) => readDaemon(pid, Number(boot)));
  return Promise.all(
    found.map(async (daemon) => {
      return { ...daemon, unit: hasSystemd ? await findUnit(daemon) : null };
    }),
  );
}

type FoundDaemon = Omit<LibvirtDaemon, 'unit'>;

// A process that ends meanwhile is none.
function readDaemon(pid: string, boot: number): readonly FoundDaemon[] {
  const name = readLine(`/proc/${pid}/comm`);
  if (name === null || !isDaemonName(name)) return [];
  try {
    const { uid } = parseProcStatus(readFileSync(`/proc/${pid}/status`, 'latin1'));
    const { startTime } = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (!uid.includes(0) || isOtherRoot(pid)) return [];
    // The kernel counts in hundredths of a second for programs, whatever its own clock has.
    return [{ name, pid: Number(pid), started: boot + Number(startTime) / 100 }];
  } catch (cause) {
    if (['ENOENT', 'ESRCH'].includes(errorCode(cause))) return [];
    throw cause;
  }
}

function isDaemonName(name: string): name is LibvirtDaemon['name'] {
  return names.includes(name);
}

// The daemon of a container is seen from its host, and is none of ours; who may not look, believes.
function isOtherRoot(pid: string): boolean {
  try {
    const [own, its] = [statSync('/'), statSync(`/proc/${pid}/root`)];
    return own.dev !== its.dev || own.ino !== its.ino;
  } catch (cause) {
    if (errorCode(cause) === 'EACCES') return false;
    throw cause;
  }
}

async function findUnit({ name, pid }: FoundDaemon): Promise<string | null> {
  const unit = `${name}.service`;
  return (await readMainPid(unit)) === pid ? unit : null;
}

/** The main process of a systemd service; null when it has none or systemd does not answer. */
export async function readMainPid(unit: string): Promise<number | null> {
  const show = await runTool('systemctl', ['show', '--property=MainPID', '--', unit]);
  const pid = Number(/^MainPID=(\d+)$/m.exec(show.stdout)?.[1] ?? 0);
  return show.exitCode === 0 && pid > 0 ? pid : null;
}
