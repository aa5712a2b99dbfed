import type { Finding } from '../../errors.ts';
import type { HostFacts } from '../facts/facts.ts';
import type { LibvirtDaemon } from '../facts/read-libvirt.ts';
import type { Change, HostPlan } from './change.ts';
import type { Intent } from './intent.ts';

/** libvirt reads qemu.conf only when it starts: which daemons must start again, and with consent will. */
export function planService(
  { consent }: Intent,
  { live, qemuConfTime }: HostFacts,
  isConfPending: boolean,
): HostPlan {
  const stale = (live?.libvirt ?? []).filter((daemon) => {
    return isConfPending || isOlder(daemon, qemuConfTime);
  });
  if (!consent.restart) return { changes: [], findings: stale.map(describeNeed) };
  const plans = stale.map(planRestart);
  return {
    changes: plans.flatMap(({ changes }) => changes),
    findings: plans.flatMap(({ findings }) => findings),
  };
}

/** Whether the daemon started before the file was written, as far as its start is known. */
export function isOlder({ started }: LibvirtDaemon, fileTime: number | null): boolean {
  return fileTime !== null && fileTime > started + 1.1;
}

function planRestart(daemon: LibvirtDaemon): HostPlan {
  const { unit } = daemon;
  if (unit === null) return { changes: [], findings: [describeByHand(daemon)] };
  const change: Change = {
    kind: 'service',
    id: unit,
    action: 'update',
    before: { configuration: 'old' },
    after: { configuration: 'current' },
    done: false,
  };
  const message = `${unit} is started again; running guests go on`;
  const finding = { code: 'VP_WARN_RESTART', severity: 'info', message, hint: '' } as const;
  return { changes: [change], findings: [finding] };
}

function describeNeed({ name, pid, unit }: LibvirtDaemon): Finding {
  return {
    code: 'VP_WARN_RESTART',
    severity: 'info',
    message: `libvirt reads qemu.conf only when it starts: ${name} (process ${pid}) must start again`,
    hint:
      unit === null
        ? byHand(pid)
        : `--restart does it, or: systemctl restart ${unit}; running guests go on`,
  };
}

function describeByHand({ name, pid }: LibvirtDaemon): Finding {
  return {
    code: 'VP_WARN_RESTART',
    severity: 'warning',
    message: `libvirt reads qemu.conf only when it starts: ${name} (process ${pid}) must start again, and no systemd service is in charge of it`,
    hint: byHand(pid),
  };
}

function byHand(pid: number): string {
  return `end it (kill ${pid}) and start it as it was started; running guests go on`;
}
