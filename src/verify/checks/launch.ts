import { readFileSync } from 'node:fs';
import { failed, type Outcome, skipped } from '../check.ts';
import { awaitEnd, type Child, runToEnd, type Said, startChild } from '../child.ts';
import { findEmulator } from '../find-emulator.ts';
import { makeDisk, withScratch } from '../guarded.ts';
import { type Expected, judgeGuest, judgePid, ownershipOf } from '../guest-run.ts';
import { awaitAnswer } from '../patience.ts';
import { attempt, orNull } from '../read-proc.ts';
import { wordsUntilEnd } from '../run-as.ts';
import { isRoot, type Site } from '../site.ts';

const patience = 30_000;

/** A paused guest through `qemu-launch`: who runs it, whose its disk is, and whether a neighbour gets that disk. */
export async function checkLaunch(site: Site): Promise<Outcome> {
  if (!isRoot()) return skipped('only root can give a disk to another user', 'run it as root');
  const emulator = findEmulator(site);
  if (emulator === null)
    return skipped(
      'no QEMU of this architecture is installed',
      'install QEMU, such as qemu-system-x86',
    );
  return withScratch(site.native, site.signal, async (directory, signal) => {
    const trial = { site, directory, emulator, disk: makeDisk(directory), signal };
    const launcher = await startChild(words(trial, 'verify-first'));
    try {
      return await observe(trial, launcher);
    } finally {
      await end(launcher);
    }
  });
}

interface Trial {
  readonly site: Site;
  readonly directory: string;
  readonly emulator: string;
  readonly disk: string;
  readonly signal: AbortSignal;
}

// State of its own: nothing of the host's is touched, and nothing stays.
function words({ site, directory, emulator, disk }: Trial, name: string): readonly string[] {
  const own = ['--state-dir', `${directory}/state`, '--run-dir', `${directory}/run`];
  const options = ['--name', name, '--json', '--report', `${directory}/${name}.json`];
  const machine = ['-S', '-machine', 'none', '-display', 'none', '-nodefaults'];
  const drive = ['-drive', `file=${disk},format=raw,if=none,id=disk`];
  const guest = [emulator, '-name', name, ...machine, ...drive];
  const { verifyExec, launcher } = site.programs;
  const all = [...launcher, 'run', ...own, ...options, '--', ...guest];
  return wordsUntilEnd(verifyExec, ...all);
}

async function observe(trial: Trial, launcher: Child): Promise<Outcome> {
  const { site, directory, disk, signal } = trial;
  const before = ownershipOf(disk);
  const report = await awaitReport(`${directory}/verify-first.json`, launcher, signal);
  if (report === null) return describeRefusal(launcher.said());
  const process = judgePid(report.pid, `${directory}/state`, site.names);
  const during = ownershipOf(disk);
  const neighbour = await runToEnd(words(trial, 'verify-second'), patience, signal);
  await end(launcher);
  const run = { process, before, during, after: ownershipOf(disk) };
  const more = [describeNeighbour(neighbour)];
  const outcome = judgeGuest(run, report.identity, site.names, { more });
  return outcome.status === 'fail' ? outcome : (judgeNeighbour(neighbour, outcome) ?? outcome);
}

interface Report {
  readonly pid: number;
  readonly identity: Expected;
}

// It is written once the launcher has verified what it started.
async function awaitReport(
  path: string,
  launcher: Child,
  signal: AbortSignal,
): Promise<Report | null> {
  const read = () => orNull(attempt(() => readFileSync(path, 'utf8')));
  const isOver = () => (launcher.said().status === null ? null : '');
  const text = await awaitAnswer(() => read() ?? isOver(), patience, signal);
  return text === null || text === '' ? null : (JSON.parse(text) as Report);
}

function describeRefusal(said: Said): Outcome {
  const lines = said.stderr.split('\n').filter(Boolean);
  const of = (level: string) =>
    lines.find((line) => line.includes(`${level}: `))?.replace(/^.*?: (error|hint): /, '');
  const status =
    said.status === null ? 'has not started a guest in time' : `ended with ${said.status}`;
  return failed(
    `qemu-launch ${status}: ${of('error') ?? lines[0] ?? 'it said nothing'}`,
    of('hint') ?? '',
    lines,
  );
}

function describeNeighbour({ status, stdout, stderr }: Said): string {
  const said = codeOf(stdout) ?? stderr.trim().split('\n')[0] ?? '';
  return `a second guest that wants the same disk: status ${status}, ${said}`;
}

function judgeNeighbour({ status, stdout }: Said, { evidence }: Outcome): Outcome | null {
  if (status === 125 && codeOf(stdout) === 'VP_PATH_IN_USE') return null;
  const summary = 'a second guest was not refused the disk of the first one';
  return failed(summary, 'report it: this must never be', evidence);
}

function codeOf(text: string): string | null {
  return /"code":\s*"(VP_\w+)"/.exec(text)?.[1] ?? null;
}

// Asked to end, it gives the disk back first. Its guest dies with it in any case.
async function end(launcher: Child): Promise<void> {
  launcher.kill('SIGTERM');
  if ((await awaitEnd(launcher, patience, null)) === null) launcher.kill('SIGKILL');
}
