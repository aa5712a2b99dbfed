import type { Finding } from '../../errors.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Resource } from '../preflight.ts';
import { guestOf, hiddenPath } from './hidden-directory.ts';

/** What a service cannot have: no launcher stays beside it to bind a socket or to hand a descriptor over. Pure. */
export function findServiceRefusals(plan: LaunchPlan): readonly Finding[] {
  const own = `${plan.directories.run}/${plan.name}/`;
  const sockets = plan.resources.filter(({ kind, created, path }) => {
    return kind === 'socket' && created && !path.startsWith(own);
  });
  return [
    ...sockets.map((socket) => outside(socket, own, hiddenPath(guestOf(plan)))),
    ...describeDescriptors(plan),
    ...describeCapabilities(plan),
  ];
}

function outside({ path, from }: Resource, own: string, hidden: string): Finding {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    code: 'VP_ARGUMENT_REFUSED',
    severity: 'error',
    path,
    message: `${from[0] ?? path}: a service listens in its own run directory only, where no other VM sees the socket`,
    hint: `write it as ${own}${name}: root reaches it by ${hidden}/${name}`,
  };
}

function describeDescriptors({ descriptors }: LaunchPlan): readonly Finding[] {
  return descriptors.map(({ number, from }) => ({
    code: 'VP_ARGUMENT_REFUSED',
    severity: 'error',
    message: `${from[0] ?? ''}: nothing hands descriptor ${number} to a service`,
    hint: 'name what is to be opened, or start it with `qemu-launch run`',
  }));
}

function describeCapabilities({ confinement }: LaunchPlan): readonly Finding[] {
  if (confinement.capabilities !== 'kept') return [];
  return [
    {
      code: 'VP_QEMU_CONF_VALUE',
      severity: 'error',
      message: 'clear_emulator_capabilities = 0: a service has no capability that QEMU could keep',
      hint: 'set it to 1, or start it with `qemu-launch run`',
    },
  ];
}
