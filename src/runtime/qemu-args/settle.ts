import type { Argument } from './argument.ts';
import { type Expanded, expandConfigFiles } from './config-file.ts';
import type { Context } from './reading.ts';
import { applySettings } from './set.ts';
import { joinSpice } from './spice.ts';

/** The arguments that count: files of them opened, changes made, several that QEMU takes for one joined. `read`: null where nobody can read files. */
export function settleArguments(
  given: readonly Argument[],
  context: Context,
  read: ((path: string) => string) | null,
): Expanded {
  if (!given.some(changesOthers)) return { arguments: given, readings: [] };
  const expanded = expandConfigFiles(given, context, read);
  const changed = applySettings(expanded.arguments);
  const readings = [...expanded.readings, { findings: changed.findings }];
  return { arguments: joinSpice(changed.arguments), readings };
}

function changesOthers({ option }: Argument): boolean {
  return option === 'readconfig' || option === 'set' || option === 'spice';
}
