import { AppError } from '../errors.ts';
import {
  type LibvirtCapabilities,
  parseLibvirtCapabilities,
} from '../formats/libvirt-capabilities.ts';
import { runToEnd } from './child.ts';

export const SYSTEM_URI = 'qemu:///system';
const patience = 60_000;

/** What the daemon itself says. Throws VP_TOOL_FAILED with libvirt's words when it does not answer. */
export async function askLibvirt(virsh: string, signal: AbortSignal): Promise<LibvirtCapabilities> {
  const words = [virsh, '--connect', SYSTEM_URI, 'capabilities'];
  const { status, stdout, stderr } = await runToEnd(words, patience, signal);
  if (status === 0) return parseLibvirtCapabilities(stdout);
  throw libvirtError(`no answer from libvirt at ${SYSTEM_URI}`, stderr);
}

/** The words of virsh behind what failed. */
export function libvirtError(what: string, stderr: string): AppError {
  const lines = stderr.split('\n').map((line) => line.replace(/^error:\s*/, '').trim());
  const why = lines.filter(Boolean).join('; ') || 'it said nothing';
  return new AppError('VP_TOOL_FAILED', `${what}: ${why}`, {
    hint: 'see the journal of libvirtd or virtqemud',
  });
}
