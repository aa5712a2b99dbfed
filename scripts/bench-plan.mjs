// What understanding a command line costs: one in a launch, a thousand in one process.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { measure } from './measure.mjs';
import { root } from './setup.mjs';

/** Times of everything, the floor first, measured in turn. */
export async function benchPlan(scratch, rounds) {
  const parser = join(scratch, 'parse.mjs');
  await build({
    ...{ bundle: true, minify: true, platform: 'node', format: 'esm', absWorkingDir: root },
    entryPoints: ['src/runtime/qemu-args/parse.ts'],
    outfile: parser,
  });
  return measure(contestants(scratch, parser), rounds);
}

function contestants(scratch, parser) {
  const words = libvirtWords(scratch);
  const script = (name, text) => {
    const file = join(scratch, `${name}.mjs`);
    writeFileSync(file, text);
    return [process.execPath, file];
  };
  const parse = `import { parseQemuArguments } from ${JSON.stringify(parser)};
    const words = ${JSON.stringify(words)};
    const parse = () => parseQemuArguments(words, { directory: '/', allowed: [] });`;
  return [
    ['node, the parser loaded', script('loaded', parse)],
    [`one command line of ${words.length} words`, script('once', `${parse} parse();`)],
    [
      '1,000 of them',
      script(
        'often',
        `${parse} for (let n = 0; n < 1000; n += 1) { words[1] = 'vm' + n; parse(); }`,
      ),
    ],
    ['qemu-launch plan of one that names nothing', plan(scratch, ['-nodefaults'])],
    [`qemu-launch plan of the ${words.length} words`, plan(scratch, words)],
  ];
}

/** A plan that would go ahead, so that nothing but its cost differs. */
function plan(scratch, words) {
  const places = ['--state-dir', join(scratch, 'state'), '--run-dir', join(scratch, 'run')];
  const emulator = join(scratch, 'qemu-system-x86_64');
  execFileSync('cp', ['/bin/true', emulator]);
  const launcher = [process.execPath, join(root, 'dist/qemu-launch.cjs')];
  const identity = process.getuid() === 0 ? ['--user', 'daemon', '--group', 'daemon'] : [];
  return [...launcher, 'plan', ...places, ...identity, '--name', 'bench', '--', emulator, ...words];
}

/** As many words, and of the shapes, that libvirt gives an ordinary guest. */
function libvirtWords(scratch) {
  const device = (name, rest) => ['-device', JSON.stringify({ driver: name, ...rest })];
  const ports = Array.from({ length: 14 }, (_, index) =>
    device('pcie-root-port', { port: 16 + index, chassis: index + 1, id: `pci.${index + 1}` }),
  );
  const disk = join(scratch, 'disk.raw');
  writeFileSync(disk, '', { mode: 0o644 });
  const disks = ['a', 'b', 'c', 'd'].flatMap((name) => [
    ...[
      '-blockdev',
      JSON.stringify({
        driver: 'file',
        filename: disk,
        'node-name': `${name}0`,
        'read-only': true,
      }),
    ],
    ...[
      '-blockdev',
      JSON.stringify({ driver: 'raw', file: `${name}0`, 'node-name': name, 'read-only': true }),
    ],
    ...device('virtio-blk-pci', { bus: 'pci.4', drive: name, id: `disk-${name}` }),
  ]);
  const consoles = ['charserial0', 'charchannel0', 'charmonitor'].flatMap((id) => [
    '-chardev',
    `socket,id=${id},path=${join(scratch, 'run/bench')}/${id}.sock,server=on,wait=off`,
  ]);
  return [
    ...['-name', 'guest=vm,debug-threads=on', '-S', '-machine', 'q35,usb=off,dump-guest-core=off'],
    ...['-accel', 'tcg', '-cpu', 'qemu64', '-m', 'size=4194304k', '-overcommit', 'mem-lock=off'],
    ...['-smp', '4,sockets=4,cores=1,threads=1', '-uuid', '4dea22b3-1d52-d8f3-2516-782e98ab3fa0'],
    ...['-display', 'none', '-no-user-config', '-nodefaults', '-rtc', 'base=utc,driftfix=slew'],
    ...['-global', 'kvm-pit.lost_tick_policy=delay', '-no-shutdown', '-boot', 'strict=on'],
    ...ports.flat(),
    ...device('qemu-xhci', { p2: 15, p3: 15, id: 'usb', bus: 'pci.2' }),
    ...disks,
    ...['-netdev', 'user,id=net0', ...device('virtio-net-pci', { netdev: 'net0', bus: 'pci.1' })],
    ...consoles,
    ...['-mon', 'chardev=charmonitor,id=monitor,mode=control', '-serial', 'chardev:charserial0'],
    ...['-object', 'rng-random,id=rng0,filename=/dev/urandom'],
    ...device('virtio-rng-pci', { rng: 'rng0', bus: 'pci.7' }),
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-msg', 'timestamp=on'],
  ];
}
