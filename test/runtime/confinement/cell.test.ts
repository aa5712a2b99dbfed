import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denied, planCell, type Surroundings } from '../../../src/runtime/confinement/cell.ts';
import { right } from '../../../src/runtime/confinement/landlock-rights.ts';
import type { FoundFile } from '../../../src/runtime/files.ts';
import type { Resource } from '../../../src/runtime/preflight.ts';
import { resource, surroundings } from '../../support/plan.ts';

const modern: Surroundings = { ...surroundings, abi: 7 };

function found(type: FoundFile['type']): FoundFile {
  return { type, device: '1', inode: '9' };
}

/** The names of the rights that a path has in the cell of these resources, and how it is had. */
function rightsOn(path: string, given: Partial<Surroundings>): string {
  const rules = planCell({ ...modern, ...given }).files.filter((rule) => rule.path === path);
  const bits = rules.reduce((sum, { rights }) => sum | rights, 0);
  const names = Object.entries(right).filter(([, bit]) => (bits & bit) !== 0);
  return [...new Set(rules.map(({ how }) => how)), ...names.map(([name]) => name)].join(' ');
}

function of(path: string, more: Partial<Resource>) {
  return rightsOn(path, { resources: [resource(path, more)] });
}

const tree =
  'writeFile readFile readDirectory removeDirectory removeFile makeDirectory makeFile makeSocket makePipe makeLink refer truncate';

const rows: readonly (readonly [what: string, rights: string, expected: string])[] = [
  ['a disk', of('/srv/d', {}), 'path writeFile readFile truncate'],
  ['a read-only disk has no right to write', of('/srv/d', { access: 'ro' }), 'path readFile'],
  [
    'a host’s block device',
    of('/dev/sda', { found: found('block') }),
    'path writeFile readFile truncate deviceControl',
  ],
  [
    'a read-only device',
    of('/dev/sr0', { found: found('block'), access: 'ro' }),
    'path readFile deviceControl',
  ],
  [
    'a terminal',
    of('/dev/ttyS0', { kind: 'chardev', found: found('character') }),
    'path writeFile readFile truncate deviceControl',
  ],
  ['a socket to connect to', of('/run/s', { kind: 'socket', found: found('other') }), ''],
  [
    'what is handed over open',
    of('/dev/net/tun', { action: 'pass', found: found('character') }),
    '',
  ],
  [
    'a file that QEMU makes',
    of('/srv/log', { kind: 'log', action: 'create', found: null, exists: false }),
    'file writeFile readFile truncate',
  ],
  [
    'one that is there',
    of('/srv/log', { kind: 'log', action: 'create' }),
    'path writeFile readFile truncate',
  ],
  [
    'what lies in its own directory',
    of('/run/virt-privileges/web/log', { action: 'create', found: null }),
    '',
  ],
  ['its own directory', rightsOn('/run/virt-privileges/web', {}), `path ${tree}`],
  [
    'a shared directory',
    of('/srv/s', { kind: 'filesystem', found: found('directory') }),
    `path ${tree}`,
  ],
  [
    'one that is only read',
    of('/srv/s', { kind: 'filesystem', access: 'ro', found: found('directory') }),
    'path readFile readDirectory',
  ],
  [
    'memory in files',
    of('/dev/hugepages', { kind: 'memory', found: found('directory') }),
    'path writeFile readFile readDirectory removeFile makeFile truncate',
  ],
  ['the emulator', rightsOn('/usr/bin/qemu-system-x86_64', {}), 'path execute readFile'],
  ['its loader', rightsOn('/lib64/ld-linux-x86-64.so.2', {}), 'optional execute readFile'],
  ['its libraries are not executed', rightsOn('/usr/lib', {}), 'optional readFile readDirectory'],
  ['no program is even read', rightsOn('/usr/bin', {}), ''],
  ['nor /etc', rightsOn('/etc', {}), ''],
  [
    'a helper needs programs',
    rightsOn('/usr/bin', { startsPrograms: true }),
    'optional execute readFile readDirectory',
  ],
  [
    'snapshots in a directory that is named',
    rightsOn('/t', { temporaryDirectory: { path: '/t', isNamed: true } }),
    'path writeFile readFile readDirectory removeFile makeFile truncate',
  ],
  [
    'a disk of Ceph',
    rightsOn('/etc/ceph', { needs: new Set(['ceph'] as const) }),
    'optional readFile readDirectory',
  ],
  [
    'keys of ssh',
    rightsOn('/h/.ssh', { needs: new Set(['ssh'] as const), environment: ['HOME=/h'] }),
    'optional readFile readDirectory',
  ],
  ['no keys without', rightsOn('/h/.ssh', { environment: ['HOME=/h'] }), ''],
  [
    'fonts of a window',
    rightsOn('/etc/fonts', { needs: new Set(['desktop'] as const) }),
    'optional readFile readDirectory',
  ],
  ['none without', rightsOn('/etc/fonts', {}), ''],
  [
    'snapshots',
    rightsOn('/var/tmp/x', { temporaryDirectory: { path: '/var/tmp/x', isNamed: false } }),
    'directory writeFile readFile readDirectory removeFile makeFile truncate',
  ],
  ['/dev/kvm without an argument', rightsOn('/dev/kvm', {}), ''],
  [
    'what --allow names',
    rightsOn('/a', { allowed: [{ path: '/a', access: 'ro', found: found('file') }] }),
    'path readFile deviceControl',
  ],
  [
    'a directory, for writing',
    rightsOn('/a', { allowed: [{ path: '/a', access: 'rw', found: found('directory') }] }),
    `path ${tree} deviceControl`,
  ],
  [
    'a socket that QEMU makes: nothing is removed for it',
    of('/srv/s', { kind: 'socket', action: 'create', found: null }),
    'name makeSocket',
  ],
  [
    'a link to a pseudo-terminal',
    of('/srv/l', { kind: 'chardev', action: 'create', found: null, isLink: true }),
    'name makeLink',
  ],
  [
    'a file that only sounds like one',
    of('/srv/pty', {
      kind: 'chardev',
      action: 'create',
      found: null,
      from: ['-chardev file,id=pty,path=/srv/pty'],
    }),
    'file writeFile readFile truncate',
  ],
  [
    'a directory that is no share',
    of('/srv/s', { kind: 'log', action: 'create', found: found('directory') }),
    'path readFile readDirectory',
  ],
  [
    'a pseudo-terminal',
    rightsOn('/dev/pts', {
      resources: [resource('/dev/ptmx', { kind: 'device-node', found: found('character') })],
    }),
    'optional writeFile readFile readDirectory deviceControl',
  ],
];

for (const [what, rights, expected] of rows) test(what, () => assert.equal(rights, expected));

test('an emulator of its own prefix brings its libraries and firmware', () => {
  const emulator = { ...surroundings.emulator, path: '/opt/qemu/bin/qemu-system-aarch64' };
  const arm = {
    ...emulator,
    program: { ...emulator.program, interpreter: '/lib/ld-linux-aarch64.so.1' },
  };
  const paths = planCell({ ...modern, emulator: arm }).files.map(({ path }) => path);
  for (const path of ['/opt/qemu/lib', '/opt/qemu/share', '/lib/ld-linux-aarch64.so.1'])
    assert.ok(paths.includes(path), path);
});

test('a newer kernel is used as far as this program was tested', () => {
  assert.deepEqual(planCell({ ...modern, abi: 9 }), planCell(modern));
});

test('without Landlock what was judged is still held, and made', () => {
  const resources = [
    resource('/srv/d'),
    resource('/srv/log', { action: 'create', found: null, kind: 'log' }),
    resource('/srv/s', { action: 'create', found: null, kind: 'socket' }),
  ];
  const { handled, files, abi } = planCell({ ...surroundings, resources });
  assert.deepEqual([abi, handled.files], [0, 0]);
  assert.deepEqual(
    files.map(({ path, how }) => [path, how]),
    [
      ['/usr/bin/qemu-system-x86_64', 'path'],
      ['/srv/d', 'path'],
      ['/srv/log', 'file'],
      ['/srv/s', 'name'],
    ],
  );
});

test('what more is denied depends on what the guest needs', () => {
  const share = resource('/s', { kind: 'filesystem', from: ['-virtfs local,path=/s'] });
  const { newCode, attributes, scheduling, rings, namespaces } = denied;
  const usual = attributes + scheduling + rings + namespaces;
  const cases: readonly (readonly [Partial<Surroundings>, number])[] = [
    [{}, usual],
    [{ makesCode: false }, usual + newCode],
    [{ resources: [share] }, usual - attributes],
    [{ needs: new Set(['affinity'] as const) }, usual - scheduling],
    [{ needs: new Set(['rings'] as const) }, usual - rings],
    [{ startsPrograms: true }, usual - namespaces],
  ];
  for (const [changes, expected] of cases)
    assert.equal(planCell({ ...modern, ...changes }).denied, expected, JSON.stringify(changes));
});

test('ports are for listening and connecting, and left alone unless asked for', () => {
  const given = { ...modern, listPorts: () => [5901, 22] };
  assert.deepEqual(planCell({ ...given, withTcp: true }).ports, [
    { rights: 3, port: 5901 },
    { rights: 3, port: 22 },
  ]);
  assert.deepEqual(planCell(given).ports, []);
});
