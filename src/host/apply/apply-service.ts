import { AppError } from '../../errors.ts';
import { runTool } from '../command.ts';
import { readMainPid } from '../facts/read-libvirt.ts';
import type { ChangeOf, ServiceValue } from '../plan/change.ts';

/** Starts a service again and proves that another process of it runs; throws VP_TOOL_FAILED. */
export async function applyService({ id }: ChangeOf<'service', ServiceValue>): Promise<void> {
  const before = await readMainPid(id);
  const { exitCode } = await runTool('systemctl', ['restart', '--', id]);
  const state = (await runTool('systemctl', ['is-active', '--', id])).stdout.trim();
  const after = await readMainPid(id);
  const isNew = after !== null && after !== before;
  if (exitCode === 0 && state === 'active' && isNew) return;
  const what = state === 'active' && !isNew ? 'it has no new process' : `it is ${state}`;
  throw new AppError('VP_TOOL_FAILED', `${id} did not start again: ${what}`, {
    hint: `journalctl --unit=${id} says why; then: systemctl start ${id}`,
  });
}
