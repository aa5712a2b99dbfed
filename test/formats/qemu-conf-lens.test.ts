import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQemuConf } from '../../src/formats/qemu-conf.ts';
import {
  type ConfSetting,
  printSetting,
  setQemuConf,
  unsetQemuConf,
} from '../../src/formats/qemu-conf-edit.ts';
import { confKeyNames, findConfKey, type KeyKind } from '../../src/formats/qemu-conf-keys.ts';
import type { Release } from '../support/build-root.ts';
import {
  needsLibvirt,
  parseWithLibvirt,
  refusedByLens,
  shippedConf,
  shippedLens,
} from '../support/libvirt.ts';
import { payloadOf, targets, textOf } from '../support/provision.ts';
import { rounds } from '../support/scratch.ts';

const options = needsLibvirt('trixie');

test('the test can tell: the lens refuses what libvirt takes', options, (context) => {
  const outside = [
    "user = 'q'\n",
    'user = "q" # c\n',
    ' # c\n',
    'user = "q"\r\n',
    'of_mine = 1\n',
    'user = "a\\b"\n',
  ];
  const inside = ['user = "q"\n', '\tuser\t=\t"q" \n', '# c\r\n', 'nvram = [ "a",\n"b" ]\n', ''];
  assert.deepEqual(refusedByLens(context, 'trixie', [...outside, ...inside]), outside);
  assert.ok(parseWithLibvirt(context, 'trixie', outside).every((line) => line.startsWith('ok')));
});

const printable = String.fromCharCode(
  ...Array.from({ length: 95 }, (_, index) => 32 + index),
).replace(/["\\]/g, '');

const samples: Readonly<Record<KeyKind, readonly ConfSetting[]>> = {
  string: [printable, ''],
  identity: ['qemu', '+107', '107'],
  switch: [0, 1],
  count: [0, 4294967295],
  signed: [0, 7],
  list: [[], ['a'], ['/a:/b', '#', 'ü']],
  names: ['selinux', ['selinux']],
  core: [0, 'unlimited'],
  bytes: [0, '5GiB'],
};

const known = confKeyNames().filter((name) => findConfKey(name)?.since !== '12.8');

test(
  'any key set in the file that libvirt ships, and unset, stays in the lens',
  options,
  (context) => {
    const shipped = Buffer.from(shippedConf('trixie')).toString('latin1');
    const texts = known.flatMap((key) => {
      const values = samples[findConfKey(key)?.kind ?? 'string'];
      const edited = values.map((value) => setQemuConf(shipped, key, value));
      return [...edited, ...edited.map((text) => unsetQemuConf(text, key))];
    });
    assert.ok(texts.length > 200);
    assert.deepEqual(refusedByLens(context, 'trixie', texts), []);
  },
);

test('a key stands right below its sample in the file that libvirt ships', options, () => {
  const shipped = shippedConf('trixie');
  for (const [key, value, above] of [
    ['user', 'q', '#user = "libvirt-qemu"'],
    ['dynamic_ownership', 1, '#dynamic_ownership = 1'],
    ['cgroup_device_acl', ['/dev/kvm'], '#]'],
    ['nvram', [], '#]'],
  ] as const) {
    const lines = setQemuConf(shipped, key, value).split('\n');
    const at = lines.indexOf(`${key} = ${printSetting(key, value)}`);
    assert.equal(lines[at - 1], above, key);
    assert.equal(lines.length, shipped.split('\n').length + 1);
  }
});

const lines = fc.constantFrom(
  'user = "a"',
  '  user = "b" ',
  '\tuser="c"',
  '#user = "d"',
  '#user = "e"\r',
  '# user = "f"',
  'nvram = [ "a",\n  "b"\n]',
  '#nvram = [\n#  "x",\n#]',
  'max_files = 5',
  ' max_files=6',
  'vnc_password = "#;\'"',
  'spice_password = ""',
  '',
  '  ',
  '# \u00e9',
  '#\r',
);
const edits = fc.constantFrom<readonly [string, ConfSetting]>(
  ['user', 'q'],
  ['nvram', ['/a', '/b']],
  ['max_files', 5],
  ['vnc_password', "';# "],
  ['dynamic_ownership', 1],
);

test(
  'whatever was in the lens is there after an edit, and libvirt reads it',
  options,
  (context) => {
    const cases = fc.sample(
      fc.tuple(fc.array(lines, { minLength: 1, maxLength: 9 }), fc.boolean(), edits),
      rounds(400, 5000),
    );
    const texts = cases.map(([parts, isEnded]) => parts.join('\n') + (isEnded ? '\n' : ''));
    const taken = texts.flatMap((text, index) => (isTaken(text) ? [{ text, index }] : []));
    assert.ok(taken.length > texts.length / 2, String(taken.length));
    assert.deepEqual(
      refusedByLens(
        context,
        'trixie',
        taken.map(({ text }) => text),
      ),
      [],
    );
    const edited = taken.flatMap(({ text, index }) => {
      const [key, value] = cases[index]?.[2] ?? ['user', 'q'];
      return [setQemuConf(text, key, value), unsetQemuConf(text, key)];
    });
    assert.deepEqual(refusedByLens(context, 'trixie', edited), []);
    const read = parseWithLibvirt(context, 'trixie', edited);
    assert.deepEqual(
      read.filter((line) => !line.startsWith('ok')),
      [],
    );
  },
);

function isTaken(text: string): boolean {
  try {
    parseQemuConf(text, 'f');
    return true;
  } catch {
    return false;
  }
}

const policies: readonly string[] = [
  'qemu_conf: {}\n',
  'qemu_conf: { user: root, group: root, dynamic_ownership: 0 }\n',
  'qemu_conf: { user: "+107", group: "107" }\n',
  'qemu_conf: { namespaces: [], cgroup_device_acl: [/dev/null, /dev/kvm] }\n',
  'qemu_conf: { max_core: unlimited, max_files: 32768, max_processes: 0 }\n',
  'qemu_conf: { security_driver: [selinux], stdio_handler: logd }\n',
  'qemu_conf: { vnc_password: "it\'s #1; [really]" }\n',
  'qemu_conf: { seccomp_sandbox: 1, remember_owner: 1 }\n',
];

test('the generated qemu.conf is in the lens for every target and policy', options, (context) => {
  const texts = targets.flatMap(({ id }) => {
    const some = id === 'fedora-44' ? policies : [undefined];
    return some.map((policy) => textOf(payloadOf(id, policy), 'qemu.conf'));
  });
  assert.deepEqual(refusedByLens(context, 'trixie', texts), []);
  const read = parseWithLibvirt(context, 'trixie', texts);
  assert.deepEqual(
    read.filter((line) => !line.startsWith('ok user=')),
    [],
  );
});

const kindsOfLens: Readonly<Record<string, readonly KeyKind[]>> = {
  str: ['string', 'identity', 'names'],
  bool: ['switch'],
  int: ['count', 'signed'],
  str_array: ['list'],
  limits: ['core'],
  bytes: ['bytes'],
};

test('the table of keys is the lens of trixie', options, () => {
  const rows = lensRows('trixie');
  assert.deepEqual(rows.map(([, name]) => name).sort(), [...known].sort());
  assert.deepEqual(rows.flatMap(kindProblem), []);
});

// What comes into sid next is nobody's fault here.
const unstable = rounds(0, 1) === 1 ? needsLibvirt('sid') : { skip: 'long runs only: needs sid' };

test('the lens of sid still has the keys of the table', unstable, (context) => {
  const rows = lensRows('sid');
  const names = rows.map(([, name]) => name);
  assert.deepEqual(
    confKeyNames().filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(rows.filter(([, name]) => findConfKey(name)).flatMap(kindProblem), []);
  for (const name of names)
    if (!findConfKey(name)) context.diagnostic(`libvirt of sid has a new key: ${name}`);
});

type LensRow = readonly [kind: string, name: string];

function lensRows(release: Release): readonly LensRow[] {
  const rows = [...shippedLens(release).matchAll(/\b(\w+)_entry\s+"(\w+)"/g)];
  assert.ok(rows.length > 80);
  const pairs = rows.map(([, kind = '', name = '']): LensRow => [kind, name]);
  return pairs.filter(([, name], index) => pairs.findIndex((pair) => pair[1] === name) === index);
}

function kindProblem([kind, name]: LensRow): readonly string[] {
  const own = findConfKey(name)?.kind;
  const isSame = own !== undefined && kindsOfLens[kind]?.includes(own);
  return isSame ? [] : [`${name} is ${kind} there, ${own} here`];
}
