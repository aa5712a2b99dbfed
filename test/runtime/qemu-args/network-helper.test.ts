import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { emulator } from '../../support/launcher.ts';
import { findingsOf, parse, pathsOf, words } from '../../support/qemu-args.ts';
import { makeScratch } from '../../support/scratch.ts';
import { needs, needsNamespaceAnd } from '../../support/tool.ts';

const bridge = (option: string) =>
  `VP_WARN_HELPER ${option} runs a set-id helper, which gets no new privileges here and cannot make the tap`;
const scripts = (option: string, files: string) =>
  `VP_WARN_HELPER ${option} runs ${files} as the user that QEMU runs as, without privileges`;

const beside = (option: string, program: string) =>
  `VP_WARN_HELPER ${option} runs ${program} as the user that QEMU runs as, with files in a temporary directory`;

for (const [line, ...findings] of [
  ['-netdev bridge,id=n,br=br0', bridge('-netdev')],
  ['-nic bridge', bridge('-nic')],
  ['-net bridge', bridge('-net')],
  ['-netdev {"type":"bridge","id":"n"}', bridge('-netdev')],
  ['-netdev tap,id=n', scripts('-netdev', '/etc/qemu-ifup and /etc/qemu-ifdown')],
  ['-nic tap,ifname=t0,script=no', scripts('-nic', '/etc/qemu-ifdown')],
  ['-nic tap,downscript=no', scripts('-nic', '/etc/qemu-ifup')],
  ['-nic tap,script=no,downscript=no'],
  ['-nic tap,script=,downscript='],
  ['-netdev tap,id=n,fd=0'],
  ['-netdev user,id=n'],
  ['-nic tap,script=/up,downscript=no', scripts('-nic', '/up')],
  ['-nic tap,script=up,downscript=/down', scripts('-nic', 'up and /down')],
  ['-netdev user,id=n,smb=/srv', beside('-netdev', '/usr/sbin/smbd')],
  ['-netdev passt,id=n', beside('-netdev', 'passt')],
  ['-nic passt,path=/opt/passt', beside('-nic', '/opt/passt')],
] as const) {
  test(`${findings.length > 0 ? 'warned of' : 'left alone'}: ${line}`, () => {
    assert.deepEqual(findingsOf(line), findings);
  });
}

for (const [line, ...paths] of [
  ['-netdev tap,id=n,helper=/h', '/h config ro'],
  ['-netdev bridge,id=n,helper=h', '/vm/h config ro'],
  ['-nic tap,fd=0,script=/up,downscript=no', '/up config ro'],
  ['-netdev tap,id=n,script=/up,downscript=', '/dev/net/tun device-node rw', '/up config ro'],
  [
    '-nic tap',
    '/dev/net/tun device-node rw',
    '/etc/qemu-ifdown config ro optional',
    '/etc/qemu-ifup config ro',
  ],
] as const) {
  test(`the program that is named must be readable: ${line}`, () => {
    assert.deepEqual(pathsOf(line).sort(), paths);
  });
}

test('a helper with words after it is a command of the shell', () => {
  const { findings } = parse(['-netdev', 'bridge,id=n,helper=/h --x=/y']);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['VP_WARN_HELPER', 'VP_ARGUMENT_UNKNOWN_PATH'],
  );
});

test('warnings that say what to do', () => {
  const hints = parse(words('-nic tap -nic bridge')).findings.map(({ severity, hint }) => [
    severity,
    hint,
  ]);
  assert.deepEqual(hints, [
    ['warning', 'add script=no,downscript=no and set the tap up before'],
    [
      'warning',
      'make the tap before, for the user that QEMU runs as: -netdev tap,ifname=NAME,script=no,downscript=no',
    ],
  ]);
});

const needsTap = {
  skip:
    needsNamespaceAnd(emulator).skip ||
    needs('strace').skip ||
    (existsSync('/dev/net/tun') ? false : 'needs /dev/net/tun'),
};

/** What the emulator tries to run until it is told to end, in a network of its own. */
function programsRun(trace: string, line: string): string[] {
  const strace = [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-e',
    'trace=execve',
    '-o',
    trace,
    'timeout',
    '60',
    emulator,
  ];
  const fixed = ['-S', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
  const input = '{"execute":"qmp_capabilities"}{"execute":"quit"}';
  spawnSync('unshare', ['--net', ...strace, ...fixed, ...words(line)], { input });
  const calls = readFileSync(trace, 'utf8').matchAll(/execve\("([^"]+)"/g);
  return [...calls].map(([, file]) => file ?? '');
}

for (const [line, ...programs] of [
  ['-netdev tap,id=n,ifname=t0', '/etc/qemu-ifup', '/etc/qemu-ifdown'],
  ['-netdev tap,id=n,ifname=t0,script=', '/etc/qemu-ifdown'],
  ['-netdev tap,id=n,ifname=t0,script=no,downscript='],
  ['-netdev bridge,id=n,br=br0', 'qemu-bridge-helper'],
] as const) {
  test(`the emulator runs ${programs.join(', ') || 'nothing'}: ${line}`, needsTap, (context) => {
    const run = programsRun(`${makeScratch(context)}/trace`, line);
    const helpers = /\/(qemu-bridge-helper)$|^(\/etc\/qemu-if(?:up|down))$/;
    const names = run.flatMap((file) => helpers.exec(file)?.slice(1) ?? []);
    const found = new Set(names.filter((name) => name !== undefined));
    // Where a script that runs first is missing, the emulator ends: what follows is not seen.
    assert.deepEqual([...found], programs.slice(0, existsSync('/etc/qemu-ifup') ? 2 : 1));
  });
}
