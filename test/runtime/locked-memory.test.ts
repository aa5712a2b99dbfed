import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Limit, parseProcLimit } from '../../src/formats/proc-limits.ts';
import { planLimits } from '../../src/runtime/configure/limits.ts';
import { call, makeSite, paused, siteWords } from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { rootOnly } from '../support/scratch.ts';

const [soft, hard] = parseProcLimit(readFileSync('/proc/self/limits', 'utf8'), 'memlock');
const resource = '0000000001000000';

/** What is planned for so many bytes that must be lockable, with these capabilities. */
function plan(bytes: Limit, effective: string, isOwn = true) {
  const held = { ...native.readCapabilities(0), effective };
  const wish = {
    name: 'memlock',
    limit: [bytes, bytes],
    from: 'X',
    isOption: true,
    isLeast: true,
  } as const;
  const { limits, findings } = planLimits(
    { ...native, readCapabilities: () => held },
    'system',
    [wish],
    isOwn,
  );
  return { limit: limits.memlock, messages: findings.map(({ message }) => message) };
}

test('the limit of locked memory is raised where it is less than needed', () => {
  if (hard === 'unlimited') return;
  assert.deepEqual(plan(hard + 1, resource), { limit: [hard + 1, hard + 1], messages: [] });
});

test('one that is enough stays', () => {
  assert.deepEqual(plan(0, '0'), { limit: undefined, messages: [] });
  assert.deepEqual(plan(soft, '0'), { limit: undefined, messages: [] });
});

test('without the right to raise it the hard limit is named; a service starts without it', () => {
  if (hard === 'unlimited') return;
  const messages = [`X is more than the hard limit here, ${hard}`];
  assert.deepEqual(plan(hard + 1, '0').messages, messages);
  assert.deepEqual(plan(hard + 1, resource, false).messages, messages);
});

test(
  'a device that locks the guest’s memory is refused before anything is done',
  rootOnly,
  (context) => {
    const vdpa = ['-netdev', 'vhost-vdpa,id=n,vhostdev=/dev/vhost-vdpa-0'];
    const wrapper = ['prlimit', '--memlock=65536:65536', 'setpriv', '--bounding-set=-sys_resource'];
    const words = siteWords(makeSite(context), 'plan', '--json', '--', ...paused, ...vdpa);
    const { findings } = JSON.parse(call(words, { wrapper }).stdout);
    const messages = findings.map(
      ({ code, message }: Record<string, string>) => `${code} ${message}`,
    );
    const bytes = 64 * 2 ** 20 + 2 ** 30;
    assert.ok(
      messages.includes(
        `VP_MISSING_PRIVILEGE what devices of the host lock in memory (${bytes} bytes) is more than the hard limit here, 65536`,
      ),
      messages.join('\n'),
    );
  },
);
