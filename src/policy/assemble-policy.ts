import { type YamlMap, yamlError } from '../formats/yaml.ts';
import { readSection, type YamlSection } from '../formats/yaml-fields.ts';
import type { Target } from '../targets/target.ts';
import { readAccountName, readComment, systemId } from './account-values.ts';
import { readKvmAccess } from './kvm-access.ts';
import type { EffectivePolicy, Policy } from './policy.ts';
import { readQemuConf } from './qemu-conf-values.ts';
import { following, given, type Setting, section, targetsOwn } from './setting.ts';

/** Every value of the file, or the target's own where the file says nothing; null for no file. */
export function assemblePolicy(map: YamlMap | null, target: Target): EffectivePolicy {
  const settings = readSettings(map, target);
  rejectSharedGid(settings.group, settings.kvmGroup);
  return { policy: policyOf(settings), origins: originsOf(settings) };
}

type Settings = ReturnType<typeof readSettings>;

function readSettings(map: YamlMap | null, target: Target) {
  const root = map && readSection(map, '', ['user', 'group', 'kvm', 'qemu_conf']);
  const kvm = section(root, 'kvm', ['group', 'mode', 'access']);
  const user = readUser(section(root, 'user', ['name', 'uid', 'comment']), target);
  const [group, kvmGroup] = shareGid(
    readGroup(section(root, 'group', groupKeys), groupDefaults(target)),
    readGroup(section(kvm, 'group', groupKeys), kvmDefaults(target)),
  );
  const access = readKvmAccess(kvm, target);
  const leaders = { user: user.name, group: group.name, targetId: target.id };
  const conf = readQemuConf(section(root, 'qemu_conf', null), leaders);
  return { user, group, kvmGroup, access, conf };
}

function policyOf({ user, group, kvmGroup, access, conf }: Settings): Policy {
  return {
    user: { name: user.name.value, uid: user.uid.value, comment: user.comment.value },
    group: { name: group.name.value, gid: group.gid.value },
    kvm: {
      group: { name: kvmGroup.name.value, gid: kvmGroup.gid.value },
      mode: access.mode.value,
      access: access.access.value,
    },
    qemuConf: Object.fromEntries(conf.map(({ name, value }) => [keyOf(name), value])),
  };
}

function originsOf({ user, group, kvmGroup, access, conf }: Settings): Record<string, string> {
  const accounts = [user.name, user.uid, user.comment, group.name, group.gid];
  const kvm = [kvmGroup.name, kvmGroup.gid, access.mode, access.access];
  const settings: readonly Setting<unknown>[] = [...accounts, ...kvm, ...conf];
  return Object.fromEntries(settings.map(({ name, origin }) => [name, origin]));
}

const groupKeys = ['name', 'gid'];

interface GroupSettings {
  readonly name: Setting<string>;
  readonly gid: Setting<number | null>;
}

function readUser(user: YamlSection | null, target: Target) {
  const { id } = target;
  return {
    name: given(user, 'name', readAccountName) ?? targetsOwn('user.name', target.user, id),
    uid: given(user, 'uid', systemId(target.uid)) ?? targetsOwn('user.uid', target.uid, id),
    comment:
      given(user, 'comment', readComment) ?? targetsOwn('user.comment', target.userComment, id),
  };
}

function readGroup(group: YamlSection | null, own: GroupSettings): GroupSettings {
  return {
    name: given(group, 'name', readAccountName) ?? own.name,
    gid: given(group, 'gid', systemId(own.gid.value)) ?? own.gid,
  };
}

function groupDefaults({ id, group, gid }: Target): GroupSettings {
  return { name: targetsOwn('group.name', group, id), gid: targetsOwn('group.gid', gid, id) };
}

// systemd ignores a GROUP= in udev rules whose gid is above 999; no distribution's kvm is.
function kvmDefaults({ id, kvmGroup, kvmGid }: Target): GroupSettings {
  return {
    name: targetsOwn('kvm.group.name', kvmGroup, id),
    gid: targetsOwn('kvm.group.gid', kvmGid, id),
  };
}

// Where both are one group, a gid that is said of one is the other's too; unsaid it is that of kvm.
function shareGid(group: GroupSettings, kvm: GroupSettings): [GroupSettings, GroupSettings] {
  if (group.name.value !== kvm.name.value) return [group, kvm];
  if (group.gid.mark === null) return [followGid(group, kvm), kvm];
  return kvm.gid.mark === null ? [group, followGid(kvm, group)] : [group, kvm];
}

function followGid(group: GroupSettings, { gid }: GroupSettings): GroupSettings {
  return { ...group, gid: following(group.gid.name, gid.value, gid) };
}

// One group with two gids, or two groups with one gid: no tool could make both true.
function rejectSharedGid(group: GroupSettings, kvm: GroupSettings): void {
  const isOneGroup = group.name.value === kvm.name.value;
  const isOneGid = group.gid.value === kvm.gid.value;
  if (isOneGroup === isOneGid || (!isOneGroup && group.gid.value === null)) return;
  const said = [group.gid, kvm.gid, group.name, kvm.name].find(({ mark }) => mark !== null);
  if (said?.mark == null) return;
  const message = `${describe(group)} and ${describe(kvm)} contradict each other`;
  const hint = 'give one group one gid, and two groups two';
  throw yamlError(said.mark, message, hint);
}

function describe({ name, gid }: GroupSettings): string {
  return `group ${name.value} with gid ${gid.value ?? 'null'} (${gid.name}, ${gid.origin})`;
}

function keyOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}
