import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseQemuArguments, type QemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { emulator } from '../../support/launcher.ts';
import { words } from '../../support/qemu-args.ts';
import { makeScratch, rounds } from '../../support/scratch.ts';
import { needs, runTool } from '../../support/tool.ts';

interface Shape {
  readonly line: string;
  /** What `--allow` grants, for writing. */
  readonly allow?: readonly string[];
  /** No device writes yet, so the emulator does not open what it may write later. */
  readonly isIdle?: true;
}

const node = (name: string, more = '') =>
  `-blockdev driver=file,filename=${name},node-name=f-${name}${more}`;
const auto = ',auto-read-only=on';

/** The more different ones first: the short run takes those only. */
const shapes: readonly Shape[] = [
  { line: '-hda a.raw -cdrom b.raw' },
  { line: '-snapshot a.raw' },
  {
    line: '-drive file=co,,mma.raw,if=virtio,format=raw --drive file=b.raw,if=ide,format=raw,readonly=off',
  },
  { line: '-drive file=a.raw,format=raw,if=virtio,readonly=on' },
  { line: '-drive if=none,id=d,file=file:a.raw -device ide-cd,drive=d' },
  {
    line: [
      '-blockdev {"driver":"file","filename":"base.qcow2","node-name":"s2","auto-read-only":true}',
      '-blockdev {"node-name":"f2","read-only":true,"driver":"qcow2","file":"s2","backing":null}',
      "-blockdev {'driver':'file','filename':'top.qcow2','node-name':'s1','auto-read-only':true}",
      '-blockdev {"node-name":"f1","read-only":false,"driver":"qcow2","file":"s1","backing":"f2"}',
      '-device {"driver":"virtio-blk-pci","drive":"f1","id":"disk0","share-rw":true}',
    ].join(' '),
  },
  { line: `${node('a.qcow2')} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,read-only=on` },
  {
    line: `${node('base.qcow2', auto)} -blockdev driver=qcow2,file=f-base.qcow2,node-name=b ${node('top.qcow2', auto)} -blockdev driver=qcow2,file=f-top.qcow2,node-name=t,backing=b`,
  },
  {
    line: '-blockdev qcow2,node-name=t,file.driver=file,file.filename=top.qcow2,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=base.qcow2',
  },
  {
    line: '-chardev socket,id=c,path=c.sock,server=on,wait=off -mon chardev=c -serial unix:s.sock,server,nowait -monitor unix:./m.sock,server=on,wait=off',
  },
  { line: '-chardev socket,id=c,path=listening.sock -device isa-serial,chardev=c' },
  { line: '-kernel kernel -initrd b.raw -append file=/etc/passwd' },
  { line: '-bios bios.bin -accel kvm -accel tcg' },
  {
    line: `-M q35,pflash0=f-bios.bin,pflash1=f-vars ${node('bios.bin', ',read-only=on')} ${node('vars')}`,
  },
  {
    line: '-pidfile vm.pid -D vm.log -d unimp -serial file:se,rial.log -chardev file,id=c,path=c.log -debugcon file:vars',
  },
  {
    line: '-serial tcp::0,server=on,wait=off,logfile=s.log -monitor mon:telnet::0,server=on,wait=off,logfile=m.log -parallel unix:p.log,server=on,wait=off,backend=file -vnc unix:vnc.sock -smbios file=smbios.bin',
    allow: ['.'],
  },
  {
    line: '-object rng-random,id=r -object {"qom-type":"rng-random","id":"s","filename":"/dev/random"}',
  },
  // The long run's
  {
    line: '-serial websocket::0,server=on,wait=off,logfile=s.log -monitor tn3270::0,server=on,wait=off,backend=file,path=m.log',
    allow: ['.'],
  },
  { line: '-incoming unix:a=b,c', allow: ['.'] },
  { line: '-drive file=a.raw,format=raw,snapshot=on -hdb b.raw' },
  { line: '-drive file=a.raw,if=none,id=d,format=raw', isIdle: true },
  {
    line: '-drive file=a.raw,if=none,id=d,format=raw,media=cdrom -device ide-cd,drive=d',
  },
  {
    line: '-drive file=a.raw,if=none,id=d,format=raw,read-only=yes -device virtio-blk-pci,drive=d',
  },
  { line: '-drive file=a.raw,if=floppy,format=raw' },
  { line: '-drive file=vars,if=pflash,format=raw' },
  { line: '-drive file.driver=file,file.filename=a.raw,file.locking=off,if=virtio,driver=raw' },
  { line: '-drive file.filename=pro:tocol.raw,if=virtio,format=raw' },
  { line: '-drive driver=file,filename=a.raw,if=virtio' },
  {
    line: '-drive file=top.qcow2,format=qcow2,if=virtio,backing.driver=raw,backing.file.filename=b.raw',
  },
  {
    line: `${node('base.qcow2', ',read-only=on')} -drive file=top.qcow2,format=qcow2,if=virtio,backing=f-base.qcow2`,
  },
  { line: node('a.raw') },
  { line: node('a.raw', ',read-only=yes') },
  { line: node('a.raw', auto), isIdle: true },
  {
    line: `${node('a.qcow2', auto)} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,read-only=on`,
  },
  { line: `${node('a.qcow2', auto)} -blockdev driver=qcow2,file=f-a.qcow2,node-name=q,backing=` },
  {
    line: `${node('a.raw', auto)} -blockdev driver=raw,file=f-a.raw,node-name=r -blockdev copy-on-read,file=r,node-name=c`,
  },
  {
    line: `${node('a.raw', auto)} -object throttle-group,id=g -blockdev driver=throttle,throttle-group=g,file=f-a.raw,node-name=t -device scsi-hd,drive=t,bus=s.0`.replace(
      '-device',
      '-device virtio-scsi-pci,id=s -device',
    ),
  },
  {
    line: `${node('a.raw', auto)} -device virtio-scsi-pci,id=s -device scsi-cd,drive=f-a.raw,bus=s.0`,
  },
  {
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=data.qcow2,data-file.driver=file,data-file.filename=data.raw',
  },
  { line: '-M pc,accel=kvm:tcg -machine accel=tcg b.raw' },
  { line: '-enable-kvm -netdev user,id=n,net=10.0.3.0/24 -device virtio-net-pci,netdev=n' },
];

const needsBoth = { skip: needs(emulator).skip || needs('strace').skip };

const image = Buffer.alloc(1 << 20);

function makeFiles(context: TestContext): string {
  const directory = makeScratch(context);
  for (const name of ['a.raw', 'b.raw', 'co,mma.raw', 'pro:tocol.raw', 'vars']) {
    writeFileSync(`${directory}/${name}`, image);
  }
  const create = (...args: readonly string[]) => {
    const result = runTool('/bin/sh', [
      '-c',
      'cd "$0" && exec qemu-img create -q "$@"',
      directory,
      ...args,
    ]);
    assert.equal(result.status, 0, result.stderr);
  };
  for (const name of ['a', 'base']) create('-f', 'qcow2', `${name}.qcow2`, '1M');
  create('-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'top.qcow2');
  create('-f', 'qcow2', '-o', 'data_file=data.raw', 'data.qcow2', '1M');
  // A paused machine executes none of it.
  writeFileSync(`${directory}/bios.bin`, Buffer.alloc(1 << 18));
  writeFileSync(`${directory}/kernel`, makeKernel());
  // An end-of-table structure.
  writeFileSync(`${directory}/smbios.bin`, Buffer.from([127, 4, 0, 0, 0, 0]));
  return directory;
}

/** As little of Linux's boot header as the emulator wants before it loads the initial RAM disk. */
function makeKernel(): Buffer {
  const kernel = Buffer.alloc(65536);
  kernel[0x1f1] = 4;
  kernel.writeUInt16LE(0xaa55, 0x1fe);
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x0209, 0x206);
  kernel[0x211] = 1;
  kernel.writeUInt32LE(0x37ffffff, 0x22c);
  return kernel;
}

interface Use {
  readonly path: string;
  readonly isWritten: boolean;
}

/** Runs the emulator until it is ready and takes down every file and socket that it opens. */
function traceEmulator(directory: string, argv: readonly string[]): Use[] {
  const trace = `${directory}/trace`;
  const fixed = ['-S', '-nodefaults', '-display', 'none', '-qmp', 'stdio'];
  const calls = 'trace=open,openat,creat,bind,connect';
  const { stdout, stderr } = spawnSync(
    'strace',
    ['-f', '-s', '4096', '-e', calls, '-o', trace, 'timeout', '60', emulator, ...fixed, ...argv],
    {
      cwd: directory,
      encoding: 'utf8',
      input: '{"execute":"qmp_capabilities"}{"execute":"quit"}',
    },
  );
  assert.match(stdout, /"SHUTDOWN"/, `the emulator was not ready: ${stderr}`);
  return readFileSync(trace, 'utf8')
    .split('\n')
    .flatMap((line) => parseCall(directory, line));
}

function parseCall(directory: string, line: string): Use[] {
  const opened = /(?:open|openat|creat)\((?:AT_FDCWD, )?"([^"]+)", (\S+?)(?:, \d+)?\) = \d/.exec(
    line,
  );
  if (opened?.[1] !== undefined) {
    const isWritten = /O_RDWR|O_WRONLY|O_CREAT/.test(opened[2] ?? '');
    return [{ path: resolve(directory, opened[1]), isWritten }];
  }
  const socket = /(?:bind|connect)\(.*sun_path="([^"]+)".* = 0/.exec(line)?.[1];
  return socket === undefined ? [] : [{ path: resolve(directory, socket), isWritten: true }];
}

/** What is the user's, not the emulator's own libraries, firmware and settings. */
function isOfInterest({ path }: Use): boolean {
  if (path === '/dev/kvm') return true;
  if (/^\/(?:usr|etc|proc|sys|dev|lib|lib64)\//.test(path)) return false;
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined || !file.isDirectory();
}

function isPlanned({ path, isWritten }: Use, plan: QemuArguments): boolean {
  if (plan.hasTemporaryFiles && /^\/var\/tmp\/vl\.\w{6}$/.test(path)) return true;
  const planned = plan.paths.find((each) => each.path === path);
  return planned !== undefined && (planned.access === 'rw' || !isWritten);
}

for (const { line, allow, isIdle } of shapes.slice(0, rounds(17, shapes.length))) {
  test(`the emulator opens nothing else: ${line}`, needsBoth, async (context) => {
    const directory = makeFiles(context);
    const server = createServer().listen(`${directory}/listening.sock`);
    context.after(() => server.close());
    const argv = words(line);
    const allowed = (allow ?? []).map((path) => ({
      path: resolve(directory, path),
      access: 'rw' as const,
    }));
    const plan = parseQemuArguments(argv, { directory, allowed });
    assert.deepEqual(
      plan.findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    const uses = traceEmulator(directory, argv);
    assert.deepEqual(
      uses.filter((use) => isOfInterest(use) && !isPlanned(use, plan)),
      [],
    );
    const isUsed = (path: string, access: string) =>
      uses.some((use) => use.path === path && (use.isWritten || access === 'ro'));
    const unused = plan.paths.filter(
      ({ path, kind, access, optional }) =>
        !optional && !isUsed(path, isIdle || kind === 'config' ? 'ro' : access),
    );
    assert.deepEqual(unused, [], 'what is planned is opened so');
  });
}
