import { lastValue, parseKeyValues } from '../../formats/key-value.ts';
import { readAccel, readEnableKvm, readMachine } from './accelerator.ts';
import type { Argument } from './argument.ts';
import { readBlockdev } from './blockdev.ts';
import { readBios, readDataDirectory, readInitrd, readKernel } from './boot-files.ts';
import { readCharacterDevice, readChardev } from './chardev.ts';
import { readAddFd } from './descriptors.ts';
import { readDevice } from './device.ts';
import { readDisplay, readVnc } from './display.ts';
import { readDrive, readImage } from './drive.ts';
import { readGlobal } from './global.ts';
import { readIncoming } from './incoming.ts';
import { readNetwork } from './network.ts';
import { readObject } from './object.ts';
import {
  readInstructionCount,
  readLog,
  readMadeFile,
  readMemoryPath,
  readProfile,
} from './process-files.ts';
import { nothing, type Reader, type Reading } from './reading.ts';
import { readRefused, readRunWith } from './refused.ts';
import { readResources } from './resources.ts';
import { readSpice } from './spice.ts';
import { readUnknown } from './unknown.ts';

/** Who reads an argument of this option; null: a bare image name. */
export function readerOf(option: string | null): Reader {
  if (option === null) return readImage;
  return (Object.hasOwn(readers, option) ? readers[option] : undefined) ?? readUnknown;
}

const readers: Readonly<Record<string, Reader>> = {
  drive: readDrive,
  hda: readImage,
  hdb: readImage,
  hdc: readImage,
  hdd: readImage,
  cdrom: readImage,
  fda: readImage,
  fdb: readImage,
  sd: readImage,
  mtdblock: readImage,
  pflash: readImage,
  blockdev: readBlockdev,
  device: readDevice,
  netdev: readNetwork,
  nic: readNetwork,
  net: readNetwork,
  tpmdev: readResources,
  fsdev: readResources,
  virtfs: readResources,
  audiodev: readResources,
  audio: readResources,
  sdl: () => ({ needs: ['desktop'] }),
  display: readDisplay,
  vnc: readVnc,
  spice: readSpice,
  chardev: readChardev,
  serial: readCharacterDevice,
  parallel: readCharacterDevice,
  monitor: readCharacterDevice,
  qmp: readCharacterDevice,
  'qmp-pretty': readCharacterDevice,
  debugcon: readCharacterDevice,
  gdb: readCharacterDevice,
  qtest: readCharacterDevice,
  object: readObject,
  pidfile: readMadeFile,
  'qtest-log': readMadeFile,
  'dump-vmstate': readMadeFile,
  writeconfig: readMadeFile,
  D: readLog,
  'mem-path': readMemoryPath,
  icount: readInstructionCount,
  kernel: readKernel,
  shim: readKernel,
  dtb: readKernel,
  initrd: readInitrd,
  bios: readBios,
  L: readDataDirectory,
  acpitable: readResources,
  smbios: readResources,
  fw_cfg: readResources,
  boot: readResources,
  'option-rom': readResources,
  trace: readResources,
  plugin: readResources,
  global: readGlobal,
  perfmap: readProfile,
  jitdump: readProfile,
  machine: readMachine,
  accel: readAccel,
  'enable-kvm': readEnableKvm,
  snapshot: () => ({ snapshot: true }),
  name: readName,
  sandbox: ({ value }) => ({ sandbox: value }),
  runas: readRefused,
  chroot: readRefused,
  daemonize: readRefused,
  'run-with': readRunWith,
  'add-fd': readAddFd,
  incoming: readIncoming,
};

function readName({ value }: Argument): Reading {
  const pairs = parseKeyValues(value, { impliedKey: 'guest', flags: true });
  const guestName = lastValue(pairs, 'guest');
  return guestName === null ? nothing : { guestName };
}
