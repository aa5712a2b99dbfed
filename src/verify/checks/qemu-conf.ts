import { parseQemuConf, type QemuConf } from '../../formats/qemu-conf.ts';
import { hasSetting } from '../../formats/qemu-conf-edit.ts';
import { lintQemuConf } from '../../formats/qemu-conf-lint.ts';
import { askLibvirt } from '../ask-libvirt.ts';
import { failed, type Outcome, outcomeOfFindings, passed, skipped, warned } from '../check.ts';
import { type ConfChoice, type DaemonIdentity, isRootText, readChoices } from '../conf-identity.ts';
import type { DaemonView } from '../host-view.ts';
import { hasLibvirt, isRoot, type Site } from '../site.ts';

/** Who libvirt will run QEMU as: by the file, by its default, and by what its daemon says. */
export async function checkQemuConf(site: Site): Promise<Outcome> {
  const { conf } = site.host;
  if (conf.state === 'hidden') return skipped(`only root may read ${conf.path}`, 'run it as root');
  if (conf.state === 'obstacle')
    return failed(`${conf.path} is no regular file`, 'move it out of the way');
  if (conf.state === 'absent' && !hasLibvirt(site))
    return skipped(
      `neither ${conf.path} nor a daemon of libvirt is here`,
      'install libvirt, or `provision apply`: qemu-launch reads that file too',
    );
  const findings = lintQemuConf(conf.text, conf.path);
  const refusal = findings.find(({ severity }) => severity === 'error');
  if (refusal !== undefined)
    return failed(`libvirt does not start with ${conf.path}: ${refusal.message}`, refusal.hint, [
      `${conf.path}:${refusal.line}`,
    ]);
  const parsed = parseQemuConf(conf.text, conf.path);
  const answer = await askDaemon(site);
  const choices = readChoices(site, parsed, answer?.isStale ? null : answer);
  const said = answer === null ? [] : [`${answer.daemon} gives guests ${answer.uid}:${answer.gid}`];
  const evidence = [...choices.map(describeChoice), ...said];
  return (
    judgeNames(choices, evidence) ??
    judgeRoot(site, choices, evidence) ??
    judgeSettings(site, parsed, choices, evidence) ??
    judgeDaemon(site, answer, choices, evidence) ??
    outcomeOfFindings(findings, evidence) ??
    passed(`QEMU runs as ${choices.map(({ key, text }) => `${key} ${text}`).join(', ')}`, evidence)
  );
}

function describeChoice({ key, text, from, id }: ConfChoice): string {
  return `${key} ${text} (${id ?? 'unknown'}), by ${from}`;
}

function judgeNames(choices: readonly ConfChoice[], evidence: readonly string[]): Outcome | null {
  const unknown = choices.find(({ id }) => id === null);
  if (unknown === undefined) return null;
  const { key, text, from } = unknown;
  const summary = `there is no ${key} ${text} (${from}): libvirt does not start with it`;
  return failed(summary, 'provision apply, or name an account that exists', evidence);
}

const danger = 'a guest that breaks out of QEMU owns the host';

// What the administrator's policy asks for is no drift; it is not what this program is for, either.
function judgeRoot(
  { host: { policy } }: Site,
  choices: readonly ConfChoice[],
  evidence: readonly string[],
): Outcome | null {
  const user = choices.find(({ key, id }) => key === 'user' && id === 0);
  if (user === undefined) return null;
  const wanted = String(policy.qemuConf['user']);
  if (isRootText(wanted))
    return warned(`QEMU runs as root, as the policy says: ${danger}`, wayBack, evidence);
  const summary = `QEMU runs as root (${user.from}), the policy says ${wanted}: ${danger}`;
  return failed(summary, 'provision apply --restart', evidence);
}

const wayBack =
  'take qemu_conf.user and qemu_conf.group out of the policy, then: provision apply --restart';

function judgeSettings(
  { host: { policy, conf } }: Site,
  parsed: QemuConf,
  choices: readonly ConfChoice[],
  evidence: readonly string[],
): Outcome | null {
  const chosen = Object.fromEntries(choices.map(({ key, text }) => [key, text]));
  const defaults: Readonly<Record<string, unknown>> = { ...chosen, dynamic_ownership: 1 };
  const different = Object.entries(policy.qemuConf).find(([key, value]) => {
    const isUnset = !parsed.entries.some((entry) => entry.key === key);
    return !hasSetting(parsed, key, value) && !(isUnset && defaults[key] === value);
  });
  if (different === undefined) return null;
  const [key, value] = different;
  const summary = `${conf.path} is not as the policy says: ${key} = ${JSON.stringify(value)}`;
  return failed(summary, 'provision apply --restart', evidence);
}

interface Answer extends DaemonIdentity {
  readonly isStale: boolean;
}

// Only one that runs is asked: to ask would start it where systemd holds its socket.
async function askDaemon(site: Site): Promise<Answer | null> {
  const daemon = findDaemon(site);
  const virsh = site.findTool('virsh');
  if (daemon === null || virsh === null || !isRoot()) return null;
  const { identity } = await askLibvirt(virsh, site.signal);
  if (identity === null) return null;
  return { ...identity, daemon: nameOf(daemon), isStale: daemon.isStale };
}

// One that has not read the file yet comes first.
function findDaemon({ host }: Site): DaemonView | null {
  const daemons = host.live?.daemons ?? [];
  return daemons.find(({ isStale }) => isStale) ?? daemons[0] ?? null;
}

function judgeDaemon(
  site: Site,
  answer: Answer | null,
  choices: readonly ConfChoice[],
  evidence: readonly string[],
): Outcome | null {
  const daemon = findDaemon(site);
  if (daemon === null) return null;
  const [user, group] = choices.map(({ id }) => id);
  if (answer !== null && (answer.uid !== user || answer.gid !== group)) {
    const ids = `${answer.uid}:${answer.gid}`;
    const summary = `${answer.daemon} still gives guests ${ids}: it has not read the file yet`;
    return failed(summary, restartHint(daemon), evidence);
  }
  if (!daemon.isStale) return null;
  const summary = `${nameOf(daemon)} started before qemu.conf was written`;
  return warned(summary, restartHint(daemon), evidence);
}

function nameOf({ name, pid }: DaemonView): string {
  return `${name} (process ${pid})`;
}

function restartHint({ pid, unit }: DaemonView): string {
  const how =
    unit === null
      ? `end it (kill ${pid}) and start it as it was started`
      : `systemctl restart ${unit}`;
  return `${how}; running guests go on`;
}
