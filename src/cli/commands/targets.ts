import { type Context, type GlobalOptions, writeJson } from '../context.ts';
import { printTargets } from '../print-targets.ts';
import { readTargets } from '../read-inputs.ts';

/** The table of known targets. */
export async function runTargets(context: Context, options: GlobalOptions): Promise<number> {
  const targets = readTargets(context);
  if (options.json) writeJson(context, { targets: targets.map(publicFields) });
  else context.writeOut(printTargets(targets));
  return 0;
}

function publicFields(target: ReturnType<typeof readTargets>[number]): object {
  const { id, rpm, systemd, accounts, udev, user, uid, group, gid, sources } = target;
  const { kvmGroup, kvmGid, kvmMode } = target;
  const names = { user, uid, group, gid, kvmGroup, kvmGid, kvmMode };
  return { id, rpm, systemd, accounts, udev, ...names, sources };
}
