import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuConf } from '../../../src/formats/qemu-conf.ts';
import { readProcessSettings } from '../../../src/runtime/configure/process-settings.ts';

const read = (text: string) => readProcessSettings(parseQemuConf(text, '/q.conf'));

test('what is not set is as libvirt has it', () => {
  assert.deepEqual(read('user = "qemu"\n'), {
    dynamicOwnership: true,
    keepsCapabilities: false,
    sandbox: 'auto',
    limits: [],
  });
});

test('dynamic_ownership, and limits with where they stand', () => {
  const text = `dynamic_ownership = 0
max_processes = 100
max_core = "unlimited"
max_files = 4096
`;
  assert.deepEqual(read(text), {
    dynamicOwnership: false,
    keepsCapabilities: false,
    sandbox: 'auto',
    limits: [
      { name: 'nofile', limit: [4097, 4097], from: '/q.conf:4: max_files', isOption: false },
      { name: 'nproc', limit: [100, 100], from: '/q.conf:2: max_processes', isOption: false },
      {
        name: 'core',
        limit: ['unlimited', 'unlimited'],
        from: '/q.conf:3: max_core',
        isOption: false,
      },
    ],
  });
});

test('0 leaves files and processes as they are, and is a size for core files', () => {
  assert.deepEqual(read('max_files = 0\nmax_processes = 0\nmax_core = 0\n').limits, [
    { name: 'core', limit: [0, 0], from: '/q.conf:3: max_core', isOption: false },
  ]);
});

test('of a key that is set twice the first counts', () => {
  assert.deepEqual(read('max_core = 1\nmax_core = "many"\n').limits, [
    { name: 'core', limit: [1, 1], from: '/q.conf:1: max_core', isOption: false },
  ]);
});

// The messages are libvirt's.
const refused: readonly (readonly [string, string, string])[] = [
  ['max_files = "9"', "expected an unsigned integer for 'max_files' parameter", 'a whole number'],
  ['max_files = -1', "expected an unsigned integer for 'max_files' parameter", 'a whole number'],
  [
    'max_processes = 4294967296',
    "value for 'max_processes' parameter must be in range 0:4294967295",
    'a whole number',
  ],
  ['max_core = "big"', "Unknown core size 'big'", '"unlimited"'],
  ['max_core = -1', "expected an unsigned integer for 'max_core' parameter", 'a whole number'],
  [
    'max_core = 9007199254740992',
    "value for 'max_core' parameter must be in range 0:9007199254740991",
    'max_core = "unlimited"',
  ],
  ['dynamic_ownership = 2', "value for 'dynamic_ownership' parameter must be 0 or 1", '= 1'],
  ['dynamic_ownership = "1"', "expected a bool for 'dynamic_ownership' parameter", '= 0 or'],
  ['namespaces = "mount"', "expected a string list for 'namespaces' parameter", '[ "…" ]'],
  ['namespaces = [ 1 ]', "expected a string list for 'namespaces' parameter", '[ "…" ]'],
  ['security_driver = 1', "expected a string or string list for 'security_driver' parameter", '['],
  ['seccomp_sandbox = "on"', "expected a signed integer for 'seccomp_sandbox' parameter", 'number'],
  ['sched_core = 1', "expected a string for 'sched_core' parameter", 'sched_core = "1"'],
];

for (const [line, message, hint] of refused) {
  test(`${line} is an error with its line`, () => {
    assert.throws(
      () => read(`# ours\n${line}\n`),
      (error: { code: string; message: string; line: number; hint: string }) => {
        assert.deepEqual(
          [error.code, error.message, error.line],
          ['VP_QEMU_CONF_VALUE', `/q.conf:2: ${message}`, 2],
        );
        assert.ok(error.hint.includes(hint), error.hint);
        return true;
      },
    );
  });
}

test('keys that do not concern the process may hold anything', () => {
  assert.deepEqual(read('vnc_listen = 7\nswtpm_user = 3\nnosuchkey = [ ]\n').limits, []);
});
