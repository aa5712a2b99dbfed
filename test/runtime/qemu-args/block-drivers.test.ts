import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  childKeysOf,
  knownDrivers,
  localKeysOf,
  roleOfDriver,
} from '../../../src/runtime/qemu-args/block-drivers.ts';
import { emulator } from '../../support/launcher.ts';
import { readPage } from '../../support/page.ts';
import { needsReleases, releaseRoot, runInRoot } from '../../support/release-root.ts';
import { needs, runTool } from '../../support/tool.ts';

/** An entry of QMP's schema. */
interface Entry {
  readonly name: string;
  readonly 'meta-type': string;
  readonly 'arg-type'?: string;
  readonly 'element-type'?: string;
  readonly members?: readonly { readonly name?: string; readonly type: string }[];
  readonly variants?: readonly { readonly case: string; readonly type: string }[];
}

type Schema = ReadonlyMap<string, Entry>;

const words = [emulator, '-M', 'none', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
const input = ['qmp_capabilities', 'query-qmp-schema', 'quit']
  .map((execute) => JSON.stringify({ execute }))
  .join('\n');

function parseSchema(stdout: string): Schema {
  const line = stdout.split('\n').find((each) => each.startsWith('{"return": [')) ?? '{}';
  const entries = (JSON.parse(line) as { readonly return?: readonly Entry[] }).return ?? [];
  return new Map(entries.map((entry) => [entry.name, entry]));
}

interface Property {
  readonly key: string;
  readonly isNode: boolean;
}

/** The node's children and texts among the properties of a type, with dotted keys; lists have the key 0. */
function propertiesOf(schema: Schema, type: string, node: string, depth = 0): Property[] {
  const { members = [], variants = [] } = schema.get(type) ?? {};
  const own = members.flatMap(({ name = '', type: each }) =>
    propertiesIn(schema, name, each, node, depth),
  );
  return [...own, ...variants.flatMap((each) => propertiesOf(schema, each.type, node, depth))];
}

function propertiesIn(
  schema: Schema,
  key: string,
  type: string,
  node: string,
  depth: number,
): Property[] {
  const entry = schema.get(type);
  const kind = entry?.['meta-type'];
  if (kind === 'alternate') {
    const isNode = entry?.members?.some((member) => member.type === node) ?? false;
    return isNode ? [{ key, isNode }] : [];
  }
  if (type === 'str') return [{ key, isNode: false }];
  if (kind === 'array') {
    const inner = propertiesIn(schema, `${key}.0`, entry?.['element-type'] ?? '', node, depth);
    return inner.map((each) => (each.isNode ? { ...each, key } : each));
  }
  // Options within options within options say nothing new.
  if (kind !== 'object' || depth > 3) return [];
  return propertiesOf(schema, type, node, depth + 1).map((each) => {
    return { ...each, key: `${key}.${each.key}` };
  });
}

/** Texts that name nothing of this host: ids of objects and nodes, addresses, what only the server knows. */
const texts = `top-id bottom pr-manager throttle-group key-secret encrypt.key-secret
  bitmap.node bitmap.name label url username password-secret
  proxy-username proxy-password-secret cookie cookie-secret volume server.host server.port
  server.0.host server.0.port server.cid server.0.cid server.str server.0.str portal target user
  initiator-name export tls-creds tls-hostname x-dirty-bitmap pool namespace image snapshot
  host-key-check.hash`.split(/\s+/);
const remotePaths = /^(?:gluster|nfs|ssh)$/;

function isKnown(driver: string, name: string): boolean {
  const key = name.replace(/\.parent\b/g, '');
  const role = roleOfDriver(driver);
  if (texts.includes(key) || (key === 'path' && remotePaths.test(driver))) return true;
  if (role === 'file' && key === 'filename') return true;
  if (role === 'pci' && /^(?:device|path)$/.test(key)) return true;
  if (driver === 'vvfat' && key === 'dir') return true;
  return localKeysOf(driver).some(({ pattern }) => pattern.test(key));
}

function checkDrivers(stdout: string): void {
  const schema = parseSchema(stdout);
  const node = schema.get('blockdev-add')?.['arg-type'] ?? '';
  const drivers = schema.get(node)?.variants ?? [];
  assert.ok(drivers.length > 30, 'the emulator lists its drivers');
  for (const { case: driver, type } of drivers) {
    assert.notEqual(roleOfDriver(driver), null, driver);
    const properties = propertiesOf(schema, type, node);
    const children = properties.filter(({ isNode }) => isNode).map(({ key }) => key);
    const known = childKeysOf(driver).map(({ key }) => key);
    // Older emulators have fewer of them, and data-file bears an encryption of its own.
    assert.deepEqual(
      children.filter((key) => !known.includes(key)),
      [],
      driver,
    );
    const unknown = properties.filter(({ key, isNode }) => !isNode && !isKnown(driver, key));
    assert.deepEqual(unknown, [], `${driver}: a property that nobody has looked at`);
  }
}

test('every block driver of the emulator is understood', needs(emulator), () => {
  const [program = '', ...rest] = words;
  checkDrivers(runTool(program, rest, { input }).stdout);
});

test('so is every one of trixie’s', needsReleases('trixie'), (context) => {
  checkDrivers(runInRoot(releaseRoot(context, 'trixie'), words, { input }).stdout);
});

test('docs/resources.md names every block driver', () => {
  const [, section = ''] = readPage('docs/resources.md').split('\n## Block drivers\n');
  const named = [...(section.split('\n## ')[0] ?? '').matchAll(/`([a-z][\w-]*)`/g)];
  const names = new Set(named.map(([, name]) => name));
  assert.deepEqual(
    knownDrivers().filter((driver) => !names.has(driver)),
    [],
  );
});
