import { setTimeout as sleep } from 'node:timers/promises';
import { type BootedHost, outputOf } from './booted-host.ts';
import { guestDisk } from './guest-disk.ts';
import { payloadOf, textOf } from './provision.ts';

const payload = payloadOf('debian-13');

/** For `bootHost`: the programs and units where a package puts them. */
export function installPrograms(): string {
  return `
ln -s /opt/virt-privileges/dist/qemu-launch.cjs /usr/bin/qemu-launch
mkdir -p /usr/libexec/virt-privileges
ln -s /opt/virt-privileges/dist/native/qemu-exec /usr/libexec/virt-privileges/qemu-exec
${installUnit('qemu-vm@.service')}
${installUnit('virt-privileges-recover.service')}
`;
}

/** The same with the guests `web` and `db`. */
export function installServices(): string {
  const guests = ['web', 'db'].map(addGuest).join('');
  return `${installPrograms()}mkdir -p /etc/virt-privileges/vms /srv/vms\n${guests}`;
}

function installUnit(name: string): string {
  return writeFile(`/usr/lib/systemd/system/${name}`, textOf(payload, name));
}

/** A shell command that writes a file. */
export function writeFile(path: string, content: string | Uint8Array): string {
  return `echo ${Buffer.from(content).toString('base64')} | base64 -d >${path}\n`;
}

/** A guest that powers down when asked; its disk is somebody else's. */
function addGuest(name: string): string {
  return `${writeGuestDisk(`/srv/vms/${name}.raw`)}
chown games:games /srv/vms/${name}.raw
chmod 640 /srv/vms/${name}.raw
${writeFile(`/etc/virt-privileges/vms/${name}.args`, vmFile(name))}
`;
}

/** A shell command that writes a disk whose guest powers down when asked. */
export function writeGuestDisk(path: string): string {
  return `${writeFile(path, guestDisk().subarray(0, 512))}truncate --size=1M ${path}\n`;
}

function vmFile(name: string): string {
  return `qemu-system-x86_64 -display none -nodefaults -machine pc -m 64
  -drive file=/srv/vms/${name}.raw,format=raw
  -serial file:/run/virt-privileges/${name}/serial
`;
}

/** What systemd says of the unit, whose the disk is, and what stands in the run directory. */
export function stateOf(host: BootedHost, name: string): readonly string[] {
  return [
    host.run(`systemctl is-active qemu-vm@${name}`).stdout.trim(),
    outputOf(host, `stat -c '%U:%G %a' /srv/vms/${name}.raw`).trim(),
    outputOf(host, `cd /run/virt-privileges 2>/dev/null && echo ${name}*`).trim(),
  ];
}

/** What `stateOf` says of a guest that runs, and of one that does not any more. */
export const running = (name: string) => {
  return ['active', 'libvirt-qemu:libvirt-qemu 640', `${name} ${name}.json ${name}.plan`];
};
export const ended = (name: string, unit = 'inactive') => [unit, 'games:games 640', `${name}*`];

/** A guest's own directory, as it stands outside of its unit. */
export function ownOf(name: string): string {
  return `/run/virt-privileges/.services/${name}`;
}

/** Gives a guest more words, until `takeWords`. */
export function addWords(host: BootedHost, name: string, words: string): void {
  const file = `/etc/virt-privileges/vms/${name}.args`;
  outputOf(host, `cp ${file} /root/${name}.args; echo '${words}' >>${file}`);
}

/** Ends the guest and takes these words back. */
export function takeWords(host: BootedHost, name: string): void {
  outputOf(
    host,
    `systemctl kill qemu-vm@${name}; systemctl stop qemu-vm@${name}
    mv /root/${name}.args /etc/virt-privileges/vms/${name}.args`,
  );
}

/** Waits until the guest listens to its power button; what it says stands in its own directory. */
export async function awaitGuest(host: BootedHost, name: string): Promise<void> {
  const isReady = `grep -q '!$' ${ownOf(name)}/serial`;
  for (const from = Date.now(); Date.now() - from < 60_000; await sleep(100)) {
    if (host.run(isReady).status === 0) return;
  }
  throw new Error(journalOf(host, name));
}

export function journalOf(host: BootedHost, name: string): string {
  return host.run(`journalctl --no-pager --output=cat -u qemu-vm@${name}`).stdout;
}

export function mainPid(host: BootedHost, name: string): string {
  return outputOf(host, `systemctl show -P MainPID qemu-vm@${name}`).trim();
}

/** Gives the unit of one guest more settings, until `systemctl revert`. */
export function overrideUnit(host: BootedHost, name: string, text: string): void {
  const directory = `/etc/systemd/system/qemu-vm@${name}.service.d`;
  outputOf(
    host,
    `mkdir -p ${directory}\n${writeFile(`${directory}/own.conf`, text)}systemctl daemon-reload`,
  );
}

export function revertUnit(host: BootedHost, name: string): void {
  outputOf(host, `systemctl revert qemu-vm@${name}; systemctl reset-failed`);
}
