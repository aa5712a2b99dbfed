import { type Check, type CheckId, type Outcome, skipped } from '../check.ts';
import type { LiveView } from '../host-view.ts';
import type { Site } from '../site.ts';
import { checkAccounts } from './accounts.ts';
import { checkDevice } from './device.ts';
import { checkKvmUnprivileged } from './kvm-unprivileged.ts';
import { checkLaunch } from './launch.ts';
import { checkLibvirt } from './libvirt.ts';
import { checkProcesses } from './processes.ts';
import { checkQemuConf } from './qemu-conf.ts';
import { checkSession } from './session.ts';

/** The checks in the order in which they run: what is always done, unless only some of that is wanted, then what was asked for. */
export function listChecks(site: Site): readonly Check[] {
  const { launch, libvirt, session, only } = site.wish;
  return [
    ...listUsual(site).filter(({ id }) => only.some((wanted) => wanted === id)),
    ...(launch ? [liveOnly('launch', site, () => checkLaunch(site))] : []),
    ...(libvirt ? [liveOnly('libvirt', site, () => checkLibvirt(site))] : []),
    ...(session === null
      ? []
      : [liveOnly('session', site, (live) => checkSession(site, live, session))]),
  ];
}

function listUsual(site: Site): readonly Check[] {
  const { host, readAudit } = site;
  return [
    { id: 'accounts', run: () => checkAccounts(host) },
    { id: 'device', run: () => checkDevice(host) },
    liveOnly('kvm-unprivileged', site, (live) => checkKvmUnprivileged(site, live)),
    { id: 'qemu-conf', run: () => checkQemuConf(site) },
    { id: 'processes', run: () => checkProcesses(readAudit) },
  ];
}

function liveOnly(
  id: CheckId,
  { host: { live } }: Site,
  run: (live: LiveView) => Promise<Outcome>,
): Check {
  const reason = 'this is an image: nothing runs in it';
  const hint = 'run it where the image has booted';
  return { id, run: () => (live === null ? skipped(reason, hint) : run(live)) };
}
