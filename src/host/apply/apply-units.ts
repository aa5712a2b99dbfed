import { AppError } from '../../errors.ts';
import { runTool } from '../command.ts';

/** Has systemd read its units again; throws VP_TOOL_FAILED. Services that run go on as they are. */
export async function reloadUnits(): Promise<void> {
  const { exitCode, stderr } = await runTool('systemctl', ['daemon-reload']);
  if (exitCode === 0) return;
  throw new AppError('VP_TOOL_FAILED', `systemd did not read its units again: ${stderr.trim()}`, {
    hint: 'what was written counts after: systemctl daemon-reload',
  });
}
