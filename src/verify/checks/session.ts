import { findKvmAnswer, printQmpCommand } from '../../formats/qmp.ts';
import { failed, type Outcome, passed, skipped } from '../check.ts';
import { awaitEnd, type Child, startChild } from '../child.ts';
import { adviseRefusedKvm } from '../doctor/refused-kvm.ts';
import { findEmulator } from '../find-emulator.ts';
import { whileHeld } from '../guarded.ts';
import type { LiveView } from '../host-view.ts';
import { isNodeRight, nodeStateOf } from '../node-state.ts';
import { awaitAnswer } from '../patience.ts';
import { probeKvm } from '../probe-kvm.ts';
import { canBecome, type Person, wordsAs } from '../run-as.ts';
import type { Site } from '../site.ts';

const patience = 30_000;

/** A KVM guest as that user, with no capability and its own groups: its monitor says that KVM is enabled. */
export async function checkSession(site: Site, live: LiveView, person: Person): Promise<Outcome> {
  if (!canBecome(person))
    return skipped(`only root can start a guest as ${person.name}`, 'run it as root');
  const emulator = findEmulator(site);
  if (emulator === null)
    return skipped(
      'no QEMU of this architecture is installed',
      'install QEMU, such as qemu-system-x86',
    );
  return whileHeld(site.signal, async (signal) => {
    const words = wordsAs(site.programs.verifyExec, person, 'run', emulator, ...guest);
    const child = await startChild(words);
    try {
      const answer = await ask(child, signal);
      return await judge(site, live, person, { answer, child });
    } finally {
      child.kill('SIGKILL');
      await awaitEnd(child, patience, null);
    }
  });
}

const machines: Readonly<Record<string, readonly string[]>> = {
  arm64: ['-machine', 'virt', '-cpu', 'host'],
};
const guest = [
  ...['-S', '-accel', 'kvm', ...(machines[process.arch] ?? [])],
  ...['-display', 'none', '-nodefaults', '-m', '64', '-qmp', 'stdio'],
];

type Answer = ReturnType<typeof findKvmAnswer>;

async function ask(child: Child, signal: AbortSignal): Promise<Answer> {
  child.write(printQmpCommand('qmp_capabilities', 'capabilities'));
  child.write(printQmpCommand('query-kvm', 'kvm'));
  const over = { enabled: false };
  const read = () => {
    const { stdout, status } = child.said();
    return findKvmAnswer(stdout, 'kvm') ?? (status === null ? null : over);
  };
  return awaitAnswer(read, patience, signal);
}

interface Trial {
  readonly answer: Answer;
  readonly child: Child;
}

async function judge(
  site: Site,
  live: LiveView,
  person: Person,
  { answer, child }: Trial,
): Promise<Outcome> {
  const { stderr, status } = child.said();
  const evidence = stderr.trim().split('\n').filter(Boolean);
  if (answer?.enabled === true)
    return passed(`user ${person.name} starts a KVM guest`, ['query-kvm: enabled', ...evidence]);
  const what = `user ${person.name} cannot start a KVM guest`;
  if (status === null) {
    const why = answer === null ? 'QEMU does not answer' : 'QEMU says that KVM is not enabled';
    return failed(`${what}: ${why}`, 'see what it said', evidence);
  }
  const probe = await probeKvm(site.programs.verifyExec, person, site.signal);
  if (probe.step === 'done')
    return failed(`${what}: QEMU ended with ${status}`, 'see what it said', evidence);
  const { host } = site;
  const isRight = live.node !== null && isNodeRight(live.node, host);
  const attempt = { user: person.name, probe, node: nodeStateOf(host), isNodeRight: isRight };
  const { reason, hint } = adviseRefusedKvm(live.surroundings, attempt);
  return failed(`${what}: ${reason}`, hint, evidence);
}
