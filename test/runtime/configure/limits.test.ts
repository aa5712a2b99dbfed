import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type Limit,
  type LimitName,
  type LimitPair,
  limitNames,
  parseProcLimit,
} from '../../../src/formats/proc-limits.ts';
import { type LimitWish, planLimits } from '../../../src/runtime/configure/limits.ts';
import type { Native } from '../../../src/runtime/native.ts';
import { call, makeSite, paused, siteWords, start, target } from '../../support/launcher.ts';
import { native } from '../../support/native.ts';
import { rootOnly } from '../../support/scratch.ts';

const text = readFileSync('/proc/self/limits', 'utf8');
const files = parseProcLimit(text, 'nofile')[1];

/** The real addon, but for the capabilities that it finds. */
function holding(effective: string): Native {
  return { ...native, readCapabilities: () => ({ ...native.readCapabilities(0), effective }) };
}
function confWish(name: LimitName, value: Limit, from: string): LimitWish {
  return { name, limit: [value, value], from, isOption: false };
}

const able = holding('0000000001000000');
const unable = holding('0000000000000000');

test('without a word QEMU gets the usual soft limit of files, and keeps the hard one', () => {
  const usual = files === 'unlimited' ? 1024 : Math.min(1024, files);
  assert.deepEqual(planLimits(native, 'system', []), {
    limits: { nofile: [usual, files] },
    findings: [],
  });
});

test('what qemu.conf asks for is soft and hard limit alike', () => {
  const wishes = [
    confWish('nofile', 97, 'f:1: max_files'),
    confWish('nproc', 50, 'f:2: max_processes'),
    confWish('core', 0, 'f:3: max_core'),
  ];
  assert.deepEqual(planLimits(unable, 'system', wishes), {
    limits: { nofile: [97, 97], nproc: [50, 50], core: [0, 0] },
    findings: [],
  });
});

test('more than the hard limit needs a capability: root is refused, others are warned', () => {
  const hard = parseProcLimit(text, 'nproc')[1];
  if (hard === 'unlimited') return;
  const wishes = [confWish('nproc', hard + 1, 'f:2: max_processes')];
  const message = `f:2: max_processes is more than the hard limit here, ${hard}`;
  const hint = 'raise it in what starts qemu-launch: ulimit -H, or Limit…= of a service';
  const finding = { message, hint };
  assert.deepEqual(planLimits(able, 'system', wishes).findings, []);
  assert.deepEqual(planLimits(able, 'system', wishes).limits.nproc, [hard + 1, hard + 1]);
  assert.deepEqual(planLimits(unable, 'system', wishes).findings, [
    { code: 'VP_QEMU_CONF_VALUE', severity: 'error', ...finding },
  ]);
  assert.deepEqual(planLimits(unable, 'session', wishes), {
    limits: { ...planLimits(unable, 'session', []).limits, nproc: [hard, hard] },
    findings: [{ code: 'VP_WARN_QEMU_CONF', severity: 'warning', ...finding }],
  });
});

test('what an option asks for has a hard limit of its own, and the last wish counts', () => {
  const wishes = [
    confWish('nofile', Number.MAX_SAFE_INTEGER, 'f:1: max_files'),
    { name: 'nofile', limit: [50, 90], from: '--limit nofile', isOption: true },
    { name: 'core', limit: [0, 'unlimited'], from: '--limit core', isOption: true },
    { name: 'nofile', limit: [60, 80], from: '--limit nofile', isOption: true },
  ] as const;
  assert.deepEqual(planLimits(able, 'system', wishes), {
    limits: { nofile: [60, 80], core: [0, 'unlimited'] },
    findings: [],
  });
});

test('an option that asks for more than the hard limit is refused to root and to others', () => {
  const hard = parseProcLimit(text, 'nproc')[1];
  if (hard === 'unlimited') return;
  const wishes = [
    { name: 'nproc', limit: [1, 'unlimited'], from: '--limit nproc', isOption: true },
  ] as const;
  for (const mode of ['system', 'session'] as const) {
    assert.deepEqual(planLimits(unable, mode, wishes).findings, [
      {
        code: 'VP_MISSING_PRIVILEGE',
        severity: 'error',
        message: `--limit nproc is more than the hard limit here, ${hard}`,
        hint: 'raise it in what starts qemu-launch: ulimit -H, or Limit…= of a service',
      },
    ]);
  }
  assert.deepEqual(planLimits(able, 'system', wishes).findings, []);
});

test('nobody opens more files than the kernel lets any process', () => {
  const most = Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
  const wishes = [confWish('nofile', most + 1, 'f:1: max_files')];
  assert.deepEqual(planLimits(able, 'system', wishes).findings, [
    {
      code: 'VP_QEMU_CONF_VALUE',
      severity: 'error',
      message: `f:1: max_files is more than the ${most} that the kernel lets any process open`,
      hint: `sysctl fs.nr_open=${most + 1}`,
    },
  ]);
});

test('QEMU has the limits of the plan', rootOnly, (context) => {
  const identity = `user = "+${target.uid}"\ngroup = "+${target.gid}"\n`;
  const site = makeSite(context, `${identity}max_processes = 3000\nmax_core = "unlimited"\n`);
  const script = `${site.path}/emulator`;
  writeFileSync(script, '#!/bin/sh\ncat /proc/self/limits\n', { mode: 0o755 });
  const wrapper = ['/bin/sh', '-c', 'ulimit -Sn 300; ulimit -Hn 4000; exec "$@"', 'sh'];
  const { status, stdout, stderr } = call(siteWords(site, 'run', '--', script), { wrapper });
  assert.equal(status, 0, stderr);
  const found = (['nofile', 'nproc', 'core'] as const).map((name) => parseProcLimit(stdout, name));
  assert.deepEqual(found, [
    [1024, 4000],
    [3000, 3000],
    ['unlimited', 'unlimited'],
  ]);
  const plan = call(siteWords(site, 'plan', '--json', '--', script), { wrapper });
  assert.deepEqual(JSON.parse(plan.stdout).confinement.limits, {
    nofile: [1024, 4000],
    nproc: [3000, 3000],
    core: ['unlimited', 'unlimited'],
  });
});

test(
  'a real QEMU has every limit that --limit names, over qemu.conf',
  rootOnly,
  async (context) => {
    const identity = `user = "+${target.uid}"\ngroup = "+${target.gid}"\n`;
    const site = makeSite(context, `${identity}max_files = 3000\n`);
    const wanted: readonly (readonly [LimitName, string, LimitPair])[] = [
      ['cpu', '9000:9001', [9000, 9001]],
      ['fsize', '1000000000', [1000000000, 1000000000]],
      ['data', 'unlimited', ['unlimited', 'unlimited']],
      ['stack', '8388608:unlimited', [8388608, 'unlimited']],
      ['core', '0', [0, 0]],
      ['rss', '7000000:7000001', [7000000, 7000001]],
      ['nproc', '3001:3002', [3001, 3002]],
      ['nofile', '500:600', [500, 600]],
      ['memlock', '60001', [60001, 60001]],
      ['as', '8000000000:unlimited', [8000000000, 'unlimited']],
      ['locks', '77', [77, 77]],
      ['sigpending', '78:79', [78, 79]],
      ['msgqueue', '80000', [80000, 80000]],
      // Root itself may have no more than 0 of these two.
      ['nice', '0', [0, 0]],
      ['rtprio', '0:0', [0, 0]],
      ['rttime', '900000', [900000, 900000]],
    ];
    assert.deepEqual(
      wanted.map(([name]) => name),
      limitNames,
    );
    const options = wanted.flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
    const { pid } = await start(context, site, 'limited', paused, options);
    const found = readFileSync(`/proc/${pid}/limits`, 'utf8');
    for (const [name, , pair] of wanted) assert.deepEqual(parseProcLimit(found, name), pair, name);
  },
);

test('plan shows the limits of options', rootOnly, (context) => {
  const site = makeSite(context);
  const words = ['--limit', 'nofile=50:60', '--limit=as=unlimited', '--', '/bin/true'];
  const { stdout } = call(siteWords(site, 'plan', ...words));
  assert.match(stdout, /^limits +nofile 50 \(hard 60\), as unlimited$/m);
  const document = JSON.parse(call(siteWords(site, 'plan', '--json', ...words)).stdout);
  assert.deepEqual(document.confinement.limits, {
    nofile: [50, 60],
    as: ['unlimited', 'unlimited'],
  });
});

test(
  'more than the hard limit without the capability: plan says 3, run 125',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const wrapper = [
      ...['/bin/sh', '-c', 'ulimit -Sn 300; ulimit -Hn 4000; exec "$@"', 'sh'],
      ...['/usr/bin/setpriv', '--bounding-set=-sys_resource', '--inh-caps=-sys_resource'],
    ];
    for (const [command, status] of [
      ['plan', 3],
      ['run', 125],
    ] as const) {
      const words = siteWords(site, command, '--limit', 'nofile=10:4001', '--', '/bin/true');
      const found = call(words, { wrapper });
      assert.equal(found.status, status, found.stderr);
      const said = `${found.stdout}${found.stderr}`;
      assert.match(said, /--limit nofile is more than the hard limit here, 4000\n/);
    }
  },
);
