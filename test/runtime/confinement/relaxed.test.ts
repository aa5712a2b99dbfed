import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Surroundings } from '../../../src/runtime/confinement/cell.ts';
import { describeRelaxed } from '../../../src/runtime/confinement/relaxed.ts';
import { resource, surroundings } from '../../support/plan.ts';

type Wish = 'auto' | 'require' | 'off';

function describe(wish: Wish, more: Partial<Surroundings>, sandbox: string | null = 'on') {
  const given = { ...surroundings, abi: 7, ...more };
  return describeRelaxed(wish, given, { sandbox, isWanted: true }).map(
    ({ code, severity, message }) => {
      return `${severity} ${code}: ${message}`;
    },
  );
}

const share = resource('/srv/share', {
  kind: 'filesystem',
  from: ['-fsdev local,path=/srv/share'],
});
const directory = { type: 'directory', device: '1', inode: '9' } as const;
const socket = resource('/srv/s', { kind: 'socket', action: 'create', found: null });
const script = { kind: 'script', interpreter: '/bin/sh', libraries: [] } as const;

/** What is asked of which kernel, and what is said. */
const rows: readonly (readonly [Wish, Partial<Surroundings>, RegExp | null, (string | null)?])[] = [
  ['auto', {}, null],
  ['require', {}, null],
  ['require', { abi: 3 }, null],
  [
    'require',
    { abi: 2 },
    /^error VP_LANDLOCK_MISSING: --landlock require needs Landlock of version 3, and this kernel has version 2$/,
  ],
  ['require', { abi: 0 }, /^error VP_LANDLOCK_MISSING: .* this kernel has none$/],
  ['auto', { abi: 1 }, null],
  ['auto', { abi: 0 }, /^warning VP_WARN_RELAXED: this kernel has no Landlock: /],
  ['off', { abi: 0 }, /^warning VP_WARN_RELAXED: --landlock off: /],
  [
    'auto',
    { emulator: { ...surroundings.emulator, program: script } },
    /^warning VP_WARN_RELAXED: .* is a script: /,
  ],
  ['auto', { resources: [share] }, /^warning VP_WARN_RELAXED: a shared directory is writable: /],
  ['auto', { resources: [{ ...share, access: 'ro' }] }, null],
  [
    'auto',
    { resources: [{ ...share, from: ['--fsdev local,path=/srv/share'] }] },
    /a shared directory is writable: /,
  ],
  [
    'auto',
    { resources: [{ ...share, from: ['-readconfig /c [fsdev]'] }] },
    /a shared directory is writable: /,
  ],
  ['auto', { resources: [{ ...share, from: ['-device usb-mtp,rootdir=/-fsdev'] }] }, null],
  [
    'auto',
    { needs: new Set(['affinity'] as const) },
    /^warning VP_WARN_RELAXED: a thread-context /,
  ],
  [
    'auto',
    { needs: new Set(['rings'] as const) },
    /^warning VP_WARN_RELAXED: io_uring passes by every filter of system calls: /,
  ],
  [
    'auto',
    { resources: [socket] },
    /^warning VP_WARN_RELAXED: QEMU makes \/srv\/s itself: it may make sockets everywhere below \/srv$/,
  ],
  ['auto', { resources: [{ ...socket, path: '/run/virt-privileges/web/s' }] }, null],
  [
    'auto',
    { resources: [{ ...socket, kind: 'chardev', isLink: true }] },
    /^warning VP_WARN_RELAXED: QEMU makes \/srv\/s itself: it may make links everywhere below \/srv$/,
  ],
  [
    'auto',
    { resources: [resource('/m', { kind: 'memory', found: directory })] },
    /^warning VP_WARN_RELAXED: QEMU makes files for guest memory in \/m: it may read, change, make and remove /,
  ],
  ['auto', { resources: [resource('/m', { kind: 'memory', action: 'pass' })] }, null],
  [
    'auto',
    { temporaryDirectory: { path: '/t', isNamed: true } },
    /^warning VP_WARN_RELAXED: QEMU makes files for snapshots in \/t: it may read, change, make and remove /,
  ],
  ['auto', { temporaryDirectory: { path: '/t', isNamed: false } }, null],
  ['auto', {}, /^warning VP_WARN_QEMU_CONF: seccomp_sandbox = 1 has no effect here: /, null],
];

for (const [index, [wish, more, expected, sandbox = 'on']] of rows.entries()) {
  test(`${index + 1}: --landlock ${wish}: ${expected?.source ?? 'nothing is said'}`, () => {
    const said = describe(wish, more, sandbox);
    assert.equal(said.length, expected === null ? 0 : 1, said.join('\n'));
    if (expected !== null) assert.match(said[0] ?? '', expected);
  });
}
