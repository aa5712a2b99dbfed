import type { Advice, Surroundings } from './surroundings.ts';

/** Why there is no /dev/kvm in a place like this, and what helps there. */
export function adviseMissingNode(place: Surroundings): Advice {
  return (
    adviseContainer(place) ??
    adviseChroot(place) ??
    adviseBan(place) ??
    adviseWsl(place) ??
    adviseRunner(place) ??
    place.missing
  );
}

function adviseContainer({ container, runner, hasModule, missing }: Surroundings): Advice | null {
  if (container === null) return null;
  if (!hasModule)
    return {
      reason: `this is a container (${container}), and the kernel of its host has no KVM`,
      hint: `on the host: ${missing.hint}`,
    };
  const reason = `this is a container (${container}) that was not given the node`;
  if (runner !== null)
    return {
      reason: `${reason}, in a job of ${runner}`,
      hint: `give the jobs' containers the node: ${runnerHints[runner] ?? 'options --device /dev/kvm of the container'}`,
    };
  return { reason, hint: containerHints[container] ?? containerHint };
}

const containerHint = 'have the container manager give it /dev/kvm when it starts';
const containerHints: Readonly<Record<string, string>> = {
  docker: 'start it with docker run --device /dev/kvm',
  podman: 'start it with podman run --device /dev/kvm',
  'systemd-nspawn':
    'start it with systemd-nspawn --bind=/dev/kvm, and DeviceAllow=/dev/kvm rw in its service',
  lxc: 'lxc.mount.entry = /dev/kvm dev/kvm none bind,create=file in its configuration, and allow device c 10:232',
};
const runnerHints: Readonly<Record<string, string>> = {
  'GitHub Actions': 'container: { options: --device /dev/kvm } in the workflow',
  'GitLab CI': 'devices = ["/dev/kvm"] below [runners.docker] in the config.toml of the runner',
};

function adviseChroot({ isChroot }: Surroundings): Advice | null {
  if (isChroot !== true) return null;
  return {
    reason: 'this is a chroot whose /dev lacks it',
    hint: 'bind the /dev of the host into it (mount --rbind /dev ROOT/dev), or run this on the host',
  };
}

function adviseBan({ ban }: Surroundings): Advice | null {
  if (ban === null) return null;
  return {
    reason: `${ban.place} keeps the module ${ban.module} from being loaded`,
    hint: `take that out, then: modprobe ${ban.module}`,
  };
}

function adviseWsl({ isWsl, hasModule }: Surroundings): Advice | null {
  if (!isWsl || hasModule) return null;
  return {
    reason: 'this is WSL, and its machine has no nested virtualisation',
    hint: 'nestedVirtualization=true below [wsl2] in .wslconfig of the Windows user, then wsl --shutdown; it needs Windows 11 and WSL 2',
  };
}

function adviseRunner({ runner, hasModule }: Surroundings): Advice | null {
  if (runner === null || hasModule) return null;
  return {
    reason: `this machine runs jobs of ${runner}, and it has no KVM`,
    hint: 'choose a runner whose machine has nested virtualisation or is no guest; without KVM, QEMU emulates (-accel tcg)',
  };
}
