import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuConf } from '../../../src/formats/qemu-conf.ts';
import { describeIgnored, type OwnWords } from '../../../src/runtime/configure/ignored-settings.ts';

const nothing: OwnWords = {
  sandbox: null,
  arguments: [],
  keepsCapabilities: false,
};

function warnings(text: string, words = nothing): readonly string[] {
  return describeIgnored(parseQemuConf(text, '/q.conf'), words).map(
    ({ severity, code, line, path, message, hint }) => {
      assert.deepEqual(
        [severity, code, path, hint],
        ['warning', 'VP_WARN_QEMU_CONF', '/q.conf', ''],
      );
      assert.ok(message.startsWith(`/q.conf:${line}: `), message);
      return message.replace('/q.conf:', '');
    },
  );
}

const said: readonly (readonly [string, string])[] = [
  ['remember_owner = 0', 'owners are always remembered and given back'],
  ['clear_emulator_capabilities = 0', 'only root has capabilities to keep'],
  ['set_process_name = 1', 'the command line names the process (-name …,process=NAME)'],
  ['dump_guest_core = 0', 'the command line decides (-machine …,dump-guest-core=off)'],
  ['max_threads_per_process = 5', 'threads are not counted (a service has TasksMax=)'],
  [
    'cgroup_controllers = [ "cpu" ]',
    'QEMU stays in the control group of its caller (a service has CPUWeight= and MemoryMax=)',
  ],
  [
    'cgroup_device_acl = [ "/dev/kvm" ]',
    'no filter of devices is made (a service has DeviceAllow=)',
  ],
  [
    'namespaces = [ "mount" ]',
    'QEMU sees the device nodes of the host (a service has DeviceAllow=)',
  ],
  [
    'security_driver = "selinux"',
    'QEMU keeps the security label of its caller (a service has SELinuxContext= and AppArmorProfile=)',
  ],
  [
    'security_driver = [ "none", "apparmor" ]',
    'QEMU keeps the security label of its caller (a service has SELinuxContext= and AppArmorProfile=)',
  ],
  [
    'security_default_confined = 1',
    'QEMU keeps the security label of its caller (a service has SELinuxContext= and AppArmorProfile=)',
  ],
  [
    'security_require_confined = 1',
    'QEMU keeps the security label of its caller (a service has SELinuxContext= and AppArmorProfile=)',
  ],
  ['sched_core = "full"', 'QEMU shares cores with other processes'],
];

for (const [line, instead] of said) {
  test(`${line} is said to have no effect`, () => {
    const key = line.split(' ')[0];
    assert.deepEqual(warnings(`# ours\n${line}\n`), [`2: ${key} has no effect here: ${instead}`]);
  });
}

const silent = [
  'user = "qemu"',
  'dynamic_ownership = 0',
  'remember_owner = 1',
  'clear_emulator_capabilities = 1',
  'set_process_name = 0',
  'dump_guest_core = 1',
  'max_threads_per_process = 0',
  'max_files = 9',
  'max_core = 0',
  'seccomp_sandbox = 0',
  'seccomp_sandbox = 1',
  'seccomp_sandbox = -1',
  'cgroup_controllers = [ ]',
  'namespaces = [ ]',
  'security_driver = "none"',
  'security_driver = [ ]',
  'security_default_confined = 0',
  'security_require_confined = 0',
  'sched_core = "none"',
  'vnc_listen = "0.0.0.0"',
  'swtpm_user = "tss"',
  'nosuchkey = 1',
];

for (const line of silent) {
  test(`${line} is obeyed, or concerns no process`, () =>
    assert.deepEqual(warnings(`${line}\n`), []));
}

test('what the command line says itself needs no warning', () => {
  const words = {
    ...nothing,
    sandbox: 'on,spawn=deny',
    arguments: ['-machine', 'q35,dump-guest-core=off'],
  };
  assert.deepEqual(warnings('seccomp_sandbox = 1\ndump_guest_core = 0\n', words), []);
  const decides = '1: seccomp_sandbox has no effect here: the command line decides (-sandbox on,…)';
  assert.deepEqual(warnings('seccomp_sandbox = 1\n', { ...words, sandbox: 'off' }), [decides]);
  assert.deepEqual(
    warnings('clear_emulator_capabilities = 0\n', { ...nothing, keepsCapabilities: true }),
    [],
    'root keeps them',
  );
});

test('one line a key, in the order of the file, the first of each', () => {
  const text = 'sched_core = "full"\nremember_owner = 0\nsched_core = "none"\nremember_owner = 0\n';
  assert.deepEqual(
    warnings(text).map((message) => message.slice(0, 14)),
    ['1: sched_core ', '2: remember_ow'],
  );
});
