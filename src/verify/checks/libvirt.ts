import { readFileSync, writeFileSync } from 'node:fs';
import type { LibvirtCapabilities } from '../../formats/libvirt-capabilities.ts';
import { parseQemuConf } from '../../formats/qemu-conf.ts';
import { askLibvirt, libvirtError } from '../ask-libvirt.ts';
import { type Outcome, skipped } from '../check.ts';
import { readChoices } from '../conf-identity.ts';
import { makeDisk, withScratch } from '../guarded.ts';
import { type Expected, judgeGuest, judgePid, ownershipOf } from '../guest-run.ts';
import { attempt, orNull } from '../read-proc.ts';
import { hasLibvirt, isRoot, type Site } from '../site.ts';
import { type Connection, connect } from '../virsh.ts';

/** A transient paused guest of `qemu:///system`: who runs it, and whose its disk is meanwhile and afterwards. */
export async function checkLibvirt(site: Site): Promise<Outcome> {
  if (!isRoot()) return skipped('only root is let in by libvirt', 'run it as root');
  const virsh = site.findTool('virsh');
  if (virsh === null)
    return skipped('virsh is not installed', 'install libvirt-clients (libvirt-client)');
  if (!hasLibvirt(site))
    return skipped(
      'libvirt is not installed: neither virtqemud nor libvirtd',
      'install libvirt-daemon-driver-qemu (libvirt-daemon-system)',
    );
  const capabilities = await askLibvirt(virsh, site.signal);
  return withScratch(site.native, site.signal, async (directory, signal) => {
    const connection = await connect(virsh);
    try {
      return await observe(site, { connection, directory, capabilities, signal });
    } finally {
      await connection.close();
    }
  });
}

interface Trial {
  readonly connection: Connection;
  readonly directory: string;
  readonly capabilities: LibvirtCapabilities;
  readonly signal: AbortSignal;
}

async function observe(site: Site, trial: Trial): Promise<Outcome> {
  const { connection, directory, capabilities, signal } = trial;
  const type = capabilities.domainTypes.includes('qemu') ? 'qemu' : 'kvm';
  const [disk, file] = [makeDisk(directory), `${directory}/guest.xml`];
  const name = `virt-privileges-verify-${process.pid}`;
  writeFileSync(file, printDomain({ name, type, disk }), { flag: 'wx' });
  const before = ownershipOf(disk);
  // Bound to the connection: libvirt ends the guest when virsh ends, for whatever reason.
  const refusal = await connection.command(`create --paused --autodestroy ${file}`, signal);
  if (refusal !== '') throw libvirtError('libvirt does not start a guest', refusal);
  const guest = judgePid(readPid(name), '/var/lib/virt-privileges', site.names);
  const during = ownershipOf(disk);
  const complaint = await connection.command(`destroy ${name}`, signal);
  if (complaint !== '') throw libvirtError('libvirt does not end the guest', complaint);
  const run = { process: guest, before, during, after: ownershipOf(disk) };
  // libvirt leaves the bounding set as it is, and no_new_privs keeps it from being of use.
  const known = guest?.facts.status.noNewPrivs ? (['VP_AUDIT_BOUNDING'] as const) : [];
  return judgeGuest(run, expectedOf(site, capabilities), site.names, { known });
}

function readPid(name: string): number {
  const text = orNull(attempt(() => readFileSync(`/run/libvirt/qemu/${name}.pid`, 'utf8')));
  return Number(text ?? 0);
}

// A name that nobody has would have kept libvirt from starting.
function expectedOf(site: Site, { identity }: LibvirtCapabilities): Expected {
  const { conf } = site.host;
  const built = identity === null ? null : { ...identity, daemon: 'libvirt' };
  const [user, group] = readChoices(site, parseQemuConf(conf.text, conf.path), built);
  return { uid: user.id ?? -1, gid: group.id ?? -1 };
}

function printDomain(domain: {
  readonly name: string;
  readonly type: string;
  readonly disk: string;
}): string {
  return `<domain type='${domain.type}'>
  <name>${domain.name}</name>
  <memory unit='MiB'>64</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${domain.disk}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;
}
