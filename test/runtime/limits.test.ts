import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcLimit } from '../../src/formats/proc-limits.ts';
import { planLimits } from '../../src/runtime/limits.ts';
import type { Native } from '../../src/runtime/native.ts';
import { call, makeSite, siteWords, target } from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { rootOnly } from '../support/scratch.ts';

const text = readFileSync('/proc/self/limits', 'utf8');
const files = parseProcLimit(text, 'nofile')[1];

/** The real addon, but for the capabilities that it finds. */
function holding(effective: string): Native {
  return { ...native, readCapabilities: () => ({ ...native.readCapabilities(0), effective }) };
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
    { name: 'nofile', value: 97, from: 'f:1: max_files' },
    { name: 'nproc', value: 50, from: 'f:2: max_processes' },
    { name: 'core', value: 0, from: 'f:3: max_core' },
  ] as const;
  assert.deepEqual(planLimits(unable, 'system', wishes), {
    limits: { nofile: [97, 97], nproc: [50, 50], core: [0, 0] },
    findings: [],
  });
});

test('more than the hard limit needs a capability: root is refused, others are warned', () => {
  const hard = parseProcLimit(text, 'nproc')[1];
  if (hard === 'unlimited') return;
  const wishes = [{ name: 'nproc', value: hard + 1, from: 'f:2: max_processes' }] as const;
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

test('nobody opens more files than the kernel lets any process', () => {
  const most = Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
  const wishes = [{ name: 'nofile', value: most + 1, from: 'f:1: max_files' }] as const;
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
