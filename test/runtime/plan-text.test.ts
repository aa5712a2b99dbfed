import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/errors.ts';
import { planDocument, printPlan } from '../../src/runtime/plan-text.ts';
import { planOf, resource } from '../support/plan.ts';

function refusal(path: string, component: string): Finding {
  const message = `${path}: user qemu lacks search permission on ${component} (mode 0700, owner 1000:1000)`;
  const hint = `setfacl -m u:qemu:x ${component}`;
  return { code: 'VP_PATH_ACCESS', severity: 'error', path, message, hint };
}

const runsAs = `name               web (system mode)
emulator           /usr/bin/qemu-system-x86_64
user               qemu (107)
group              qemu (107)
groups             36 107
capabilities       none, bounding set empty
no new privileges  yes
limits             nofile 1024 (hard 524288), core 0
Landlock           off
sandbox            on
`;

test('paths, what QEMU runs as, and that it would start', () => {
  const plan = planOf(
    [
      resource('/srv/web.raw'),
      resource('/run/own/monitor', {
        kind: 'socket',
        action: 'create',
        exists: false,
        why: 'QEMU makes it',
      }),
      resource('/dev/kvm', { kind: 'device-node', action: 'check', why: 'not storage' }),
    ],
    [],
  );
  assert.equal(
    printPlan(plan),
    `path              kind         access  decision  why
/srv/web.raw      disk         rw      claim     writable, not shared
/run/own/monitor  socket       rw      create    QEMU makes it
/dev/kvm          device-node  rw      check     not storage

${runsAs}
\`run\` would go ahead
`,
  );
});

test('problems stand between the two, each once, with the paths that it concerns', () => {
  const disks = Array.from({ length: 6 }, (_, index) => `/home/anna/vm/${index}.qcow2`);
  const findings: Finding[] = [
    {
      code: 'VP_WARN_QEMU_CONF',
      severity: 'warning',
      message: '/q.conf:3: namespaces …',
      hint: '',
    },
    ...disks.map((path) => refusal(path, '/home/anna')),
    ...disks.slice(0, 1).map((path) => refusal(path, '/home/anna/vm')),
    {
      code: 'VP_PATH_MISSING',
      severity: 'error',
      path: '/srv/none.iso',
      message: '/srv/none.iso does not exist',
      hint: 'make it first\nor correct the path',
    },
  ];
  const [first, last] = printPlan(
    planOf(
      disks.map((path) => resource(path)),
      findings,
    ),
  ).split(runsAs);
  assert.equal(
    first?.slice(first.indexOf('\n\n')),
    `

error: user qemu lacks search permission on /home/anna (mode 0700, owner 1000:1000)
  for /home/anna/vm/0.qcow2
  for /home/anna/vm/1.qcow2
  for /home/anna/vm/2.qcow2
  for /home/anna/vm/3.qcow2
  and 2 more
  hint: setfacl -m u:qemu:x /home/anna
error: user qemu lacks search permission on /home/anna/vm (mode 0700, owner 1000:1000)
  for /home/anna/vm/0.qcow2
  hint: setfacl -m u:qemu:x /home/anna/vm
error: /srv/none.iso does not exist
  hint: make it first
  hint: or correct the path
warning: /q.conf:3: namespaces …

`,
  );
  assert.equal(last, '\n`run` would refuse: 3 problems\n');
});

test('eighty columns are enough, unless one path alone is longer', () => {
  const paths = [
    '/srv/web.raw',
    '/var/lib/libvirt/images/customers/a-name-that-somebody-chose-with-care.qcow2',
    `/srv/${'long'.repeat(30)}`,
  ];
  const kinds = ['disk', 'device-node', 'filesystem'] as const;
  const resources = paths.map((path, index) => resource(path, { kind: kinds[index] ?? 'disk' }));
  const lines = printPlan(planOf(resources, [])).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [paths[2]],
  );
  assert.ok(lines.includes(`${paths[1]}`));
});

test('a path that is missing is said in its row', () => {
  const plan = planOf([resource('/srv/none', { exists: false })], []);
  assert.match(printPlan(plan), /^\/srv\/none {2}disk {2}rw {6}claim {5}missing$/m);
});

test('control characters of a name reach no terminal', () => {
  const path = '/srv/a\u001b[2J\nb';
  const text = printPlan(planOf([resource(path)], [refusal(path, path)]));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.ok(!/[\u0000-\u0009\u000b-\u001f]/.test(text), text);
  assert.match(text, /^\/srv\/a\\x1b\[2J\\x0ab {2}disk/m);
});

test('nothing but the emulator', () => {
  assert.equal(
    printPlan(planOf([], [])),
    `no path of this host is used\n\n${runsAs}\n\`run\` would go ahead\n`,
  );
});

test('the document has what is promised, in that order, and no more', () => {
  const plan = planOf(
    [resource('/srv/web.raw'), resource('/dev/vfio/7', { device: '0000:01:00.0' })],
    [refusal('/srv/web.raw', '/srv')],
  );
  const text = JSON.stringify(planDocument(plan));
  const document = JSON.parse(text);
  assert.deepEqual(Object.keys(document), [
    'version',
    'mode',
    'name',
    'emulator',
    'identity',
    'resources',
    'findings',
    'confinement',
    'argv',
    'descriptors',
  ]);
  assert.deepEqual(
    document.resources.map((each: object) => Object.keys(each).join(' ')),
    [
      'path kind access shared exists from action why',
      'path device kind access shared exists from action why',
    ],
  );
  assert.deepEqual(document.confinement, {
    capabilities: 'none',
    boundingSet: 'empty',
    noNewPrivs: true,
    landlock: { level: 'off', abi: 0, rules: 0 },
    limits: { nofile: [1024, 524288], core: [0, 0] },
    sandbox: 'on',
  });
  assert.deepEqual(Object.keys(document.findings[0]), [
    'code',
    'severity',
    'path',
    'message',
    'hint',
  ]);
});
