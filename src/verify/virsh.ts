import { libvirtError, SYSTEM_URI } from './ask-libvirt.ts';
import { awaitEnd, type Child, type Said, startChild } from './child.ts';
import { awaitAnswer } from './patience.ts';

const patience = 60_000;

/** A connection to libvirt that lives as long as its virsh: guests that are bound to it end with it. */
export interface Connection {
  /** Has a command done; gives what virsh complained of, empty when it did not. */
  readonly command: (line: string, signal: AbortSignal) => Promise<string>;
  /** Waits until virsh has gone, and with it what is bound to it. */
  readonly close: () => Promise<void>;
}

export async function connect(virsh: string): Promise<Connection> {
  const child = await startChild([virsh, '--connect', SYSTEM_URI, '--quiet']);
  let count = 0;
  return {
    command: (line, signal) => {
      count += 1;
      return perform(child, line, `virt-privileges-${count}`, signal);
    },
    close: () => close(child),
  };
}

// virsh says the mark when it has done with the line before it, whatever came of that.
async function perform(
  child: Child,
  line: string,
  mark: string,
  signal: AbortSignal,
): Promise<string> {
  const before = child.said().stderr.length;
  child.write(`${line}\necho ${mark}\n`);
  // The line that asks for it begins with the prompt, and the next prompt follows the mark.
  const isDone = ({ stdout, status }: Said) => status !== null || stdout.includes(`\n${mark}`);
  const ask = () => (isDone(child.said()) ? child.said() : null);
  const said = await awaitAnswer(ask, patience, signal);
  if (said !== null && said.status === null) return said.stderr.slice(before).trim();
  throw libvirtError('virsh does not answer', child.said().stderr);
}

async function close(child: Child): Promise<void> {
  child.write('quit\n');
  if ((await awaitEnd(child, patience, null)) === null) child.kill('SIGKILL');
}
