import { failed, type Outcome, passed, skipped } from '../check.ts';
import { adviseRefusedKvm } from '../doctor/refused-kvm.ts';
import type { LiveView } from '../host-view.ts';
import { isNodeRight, nodeStateOf } from '../node-state.ts';
import { type KvmProbe, probeKvm } from '../probe-kvm.ts';
import { canBecome, findPerson, type Person } from '../run-as.ts';
import type { Site } from '../site.ts';

/** Real processes without a right open /dev/kvm and make a guest: whom the policy lets in can, and nobody else. */
export async function checkKvmUnprivileged(site: Site, live: LiveView): Promise<Outcome> {
  const { wish, host } = site;
  if (wish.as !== null) return expectEntry(site, live, wish.as);
  const { access } = host.policy.kvm;
  const nobody = findPerson(site.native, 'nobody');
  if (nobody === null) return skipped('there is no user nobody', 'name another one: --as USER');
  if (access === 'world') return expectEntry(site, live, nobody);
  const { name } = host.policy.user;
  const user = findPerson(site.native, name);
  if (user === null)
    return skipped(`there is no user ${name} to try it as`, 'provision apply --only accounts');
  const entry = await expectEntry(site, live, user);
  return entry.status === 'pass' ? expectRefusal(site, nobody, entry) : entry;
}

async function expectEntry(site: Site, live: LiveView, person: Person): Promise<Outcome> {
  if (!canBecome(person)) return noRight(person);
  const probe = await probeKvm(site.programs.verifyExec, person, site.signal);
  const evidence = [describeProbe(probe, person)];
  if (probe.step === 'done')
    return passed(`user ${person.name} opens /dev/kvm and makes a guest`, evidence);
  const { host } = site;
  const { reason, hint } = adviseRefusedKvm(live.surroundings, {
    user: person.name,
    probe,
    node: nodeStateOf(host),
    isNodeRight: live.node !== null && isNodeRight(live.node, host),
  });
  return failed(`user ${person.name} cannot make a KVM guest: ${reason}`, hint, evidence);
}

async function expectRefusal(site: Site, nobody: Person, entry: Outcome): Promise<Outcome> {
  if (!canBecome(nobody)) return noRight(nobody);
  const probe = await probeKvm(site.programs.verifyExec, nobody, site.signal);
  const evidence = [...entry.evidence, describeProbe(probe, nobody)];
  if (probe.step === 'open')
    return { ...entry, summary: `${entry.summary}; user nobody may not`, evidence };
  const { access } = site.host.policy.kvm;
  const hint = 'provision apply --only device';
  return failed(`user nobody opens /dev/kvm, the policy says access ${access}`, hint, evidence);
}

function noRight({ name }: Person): Outcome {
  return skipped(`only root can try it as ${name}`, 'run it as root');
}

function describeProbe({ step, number, text }: KvmProbe, { name, uid, groups }: Person): string {
  const who = `as ${name} (${uid}), groups ${groups.join(' ')}`;
  if (step === 'done') return `${who}: interface version ${number}, a guest was made`;
  return `${who}: ${steps[step]}: ${text || `the answer was ${number}`}`;
}

const steps = {
  open: 'open',
  device: 'fstat',
  version: 'KVM_GET_API_VERSION',
  create: 'KVM_CREATE_VM',
} as const;
