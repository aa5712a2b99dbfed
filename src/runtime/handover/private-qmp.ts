import { basename } from 'node:path';
import type { KeptDescriptor, LaunchPlan } from '../launch-plan.ts';
import { isOpen } from './plan-descriptors.ts';

/** The name of the launcher's own QMP socket in the run directory of a VM. */
export const socketName = 'qmp';
const id = 'virt-privileges-qmp';

/** Where the launcher speaks with the QEMU of a VM: in the directory that no other VM can see. */
export function privateQmpPath(runDirectory: string, name: string): string {
  return `${runDirectory}/${name}/${socketName}`;
}

/** What QEMU reads by -readconfig to listen at `path` itself. */
export function configurePath(path: string): string {
  return configure(`path = "${path}"`);
}

/**
 * The plan of `run` and `exec` with such a monitor. It comes by -readconfig: after a -mon QEMU leaves out the monitor
 * that it gives to who asks for none. Root's is bound by the launcher, since a neighbour is QEMU's user too.
 */
export function withPrivateQmp(plan: LaunchPlan): LaunchPlan {
  const path = privateQmpPath(plan.directories.run, plan.name);
  // What is no QEMU would not know the arguments, and a file of QEMU's has no way to write these.
  if (!/^(?:qemu-system-|qemu-kvm$|kvm$)/.test(basename(plan.emulator)) || /["\n]/.test(path))
    return plan;
  const isBound = plan.mode === 'system';
  const numbers = nextNumbers(plan, isBound ? 2 : 1);
  const [number = 0] = numbers.slice(-1);
  const address = isBound ? `fd = "${numbers[0]}"` : `path = "${path}"`;
  const handed: readonly KeptDescriptor[] = [
    ...(isBound ? [{ number: numbers[0] ?? 0, source: 'socket', path, from: [] } as const] : []),
    { number, source: 'configuration', text: configure(address), from: [] },
  ];
  return {
    ...plan,
    argv: [...plan.argv, '-readconfig', `/proc/self/fd/${number}`],
    descriptors: [...plan.descriptors, ...handed],
  };
}

function configure(address: string): string {
  const device = ['backend = "socket"', address, 'server = "on"', 'wait = "off"'];
  return `[chardev "${id}"]\n${device.join('\n')}\n[mon "${id}"]\nchardev = "${id}"\nmode = "control"\n`;
}

/** Numbers above all that QEMU gets, which nobody has open. */
function nextNumbers({ descriptors }: LaunchPlan, count: number): readonly number[] {
  const numbers: number[] = [];
  let next = Math.max(99, ...descriptors.map(({ number }) => number));
  while (numbers.length < count) if (!isOpen(++next)) numbers.push(next);
  return numbers;
}
