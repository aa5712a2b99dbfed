import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helperKeys } from '../../../src/runtime/qemu-args/network-helper.ts';
import { rowsOf } from '../../../src/runtime/qemu-args/resource-rows.ts';
import { vfioKeys } from '../../../src/runtime/qemu-args/vfio.ts';
import { emulator } from '../../support/launcher.ts';
import { needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { needs, runTool } from '../../support/tool.ts';

/** Texts that are no paths of the host. */
const known: Readonly<Record<string, string>> = {
  device: `addr audiodev backend bootargs cert1 cert2 cert3 chardev display drive device_id duplex fd
    fdp.ruhs fp_start_macaddr fsdev guid hba_serial host_ip hv-vendor-id instanceid mac masterbus
    model model-id mount_tag name netdev nguid nqn osk pci-type port product serial tag tls-authz tls-creds
    tls-hostname tpmdev tx uuid vdev vendor ver vf-token vhostfd world wwpn`,
  object: `pci-dev pci-bus service identity if canbus primary_in secondary_in outdev indev iothread
    notify_dev chardev id-list netdev status position name server port x-origin y-origin width height fd
    prealloc-context keyid iv data priority username passwordid devid device`,
  netdev: `netdev macaddr model addr hostname net host bootfile dhcpstart dns domainname ipv6-host
    ipv6-dns smbserver tftp-server-name ifname fd fds vhostfd vhostfds src dst
    srcport dstport listen connect mcast localaddr udp group chardev mode start-address end-address
    subnet-mask sock-fds queues`,
};

interface Property {
  readonly option: 'device' | 'object' | 'netdev';
  readonly driver: string;
  readonly key: string;
}

function isKnown({ option, driver, key }: Property): boolean {
  const names = (known[option] ?? '').split(/\s+/);
  if (names.includes(key.replace(/^(chardev)\d$/, '$1'))) return true;
  if (hasReader(driver, key)) return true;
  return rowsOf(option, driver).keys.has(key);
}

/** Properties that have a reader of their own beside the table. */
function hasReader(driver: string, key: string): boolean {
  if (driver.startsWith('vfio-')) return vfioKeys.includes(key);
  if (driver.startsWith('tls-creds-')) return key === 'dir';
  if (driver === 'usb-host') return key === 'hostport';
  return /^(?:tap|bridge)$/.test(driver) && helperKeys.includes(key);
}

/** Runs these commands in one emulator, and what each returns. */
type Ask = (commands: readonly object[]) => readonly unknown[];

function parseAnswers(stdout: string): unknown[] {
  const lines = stdout.split('\n').filter((line) => /^\{"(?:return|error)"/.test(line));
  return lines.map((line) => (JSON.parse(line) as { readonly return?: unknown }).return);
}

function conversation(commands: readonly object[]): string {
  const all = [{ execute: 'qmp_capabilities' }, ...commands, { execute: 'quit' }];
  return all.map((command) => JSON.stringify(command)).join('\n');
}

const words = ['-M', 'none', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];

/** The properties that are texts, of every device, object and network backend. */
function readProperties(ask: Ask): Property[] {
  const query = { execute: 'qom-list-types', arguments: { implements: 'device', abstract: false } };
  const [, types, schema] = ask([query, { execute: 'query-qmp-schema' }]);
  const drivers = (types as readonly { readonly name: string }[]).map(({ name }) => name);
  const lists = ask(
    drivers.map((typename) => ({ execute: 'device-list-properties', arguments: { typename } })),
  ).slice(1);
  const devices = drivers.flatMap((driver, index) =>
    textsOf(lists[index]).map((key): Property => ({ option: 'device', driver, key })),
  );
  const entries = new Map((schema as readonly Entry[]).map((entry) => [entry.name, entry]));
  return [
    ...devices,
    ...variantsOf(entries, 'object-add').map((each) => ({ option: 'object', ...each }) as const),
    ...variantsOf(entries, 'netdev_add').map((each) => ({ option: 'netdev', ...each }) as const),
  ];
}

interface Entry {
  readonly name: string;
  readonly 'arg-type'?: string;
  readonly members?: readonly { readonly name: string; readonly type: string }[];
  readonly variants?: readonly { readonly case: string; readonly type: string }[];
}

function variantsOf(entries: ReadonlyMap<string, Entry>, command: string) {
  const argument = entries.get(entries.get(command)?.['arg-type'] ?? '');
  return (argument?.variants ?? []).flatMap(({ case: driver, type }) =>
    textsOf(entries.get(type)?.members).map((key) => ({ driver, key })),
  );
}

function textsOf(properties: unknown): string[] {
  const list = (properties ?? []) as readonly { readonly name: string; readonly type: string }[];
  return list.filter(({ type }) => /^str(?:ing)?$/.test(type)).map(({ name }) => name);
}

function checkAll(ask: Ask): void {
  const properties = readProperties(ask);
  assert.ok(properties.length > 500, 'the emulator lists its properties');
  const unknown = properties.filter((property) => !isKnown(property));
  assert.deepEqual(unknown, [], 'a property that nobody has looked at');
}

test('every text property of the emulator has been looked at', needs(emulator), () => {
  checkAll((commands) =>
    parseAnswers(runTool(emulator, words, { input: conversation(commands) }).stdout),
  );
});

test('every text property of the emulator of trixie', needsReleases('trixie'), (context) => {
  const root = releaseRoot(context, 'trixie');
  checkAll((commands) =>
    parseAnswers(runInRoot(root, [emulator, ...words], { input: conversation(commands) }).stdout),
  );
});
