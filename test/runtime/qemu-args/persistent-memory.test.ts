import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { test } from 'node:test';
import {
  emulator,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  start,
  target,
} from '../../support/launcher.ts';
import { parse } from '../../support/qemu-args.ts';
import { rootOnly } from '../../support/scratch.ts';

const file = '/etc/hostname';
const backend = ['-object', `memory-backend-file,id=m,share=on,size=2M,mem-path=${file}`];

/** Words beside a file of memory, and whether that stores something. */
const cases: readonly (readonly [string, readonly string[], boolean])[] = [
  ['a module of persistent memory', ['-device', 'nvdimm,memdev=m'], true],
  ['the same in JSON', ['-device', '{"driver":"nvdimm","memdev":"m"}'], true],
  ['paravirtual persistent memory', ['-device', 'virtio-pmem-pci,memdev=m'], true],
  ['persistent memory of a CXL device', ['-device', 'cxl-type3,persistent-memdev=m'], true],
  ['a module of plain memory', ['-device', 'pc-dimm,memdev=m'], false],
  ['memory that machines share', ['-device', 'ivshmem-plain,memdev=m'], false],
  ['a module of another file', ['-device', 'nvdimm,memdev=n'], false],
  ['the memory of the machine', ['-machine', 'memory-backend=m'], false],
  ['a device that is malformed', ['-device', '{"driver":'], false],
];

for (const [what, words, isStored] of cases) {
  test(`${what}: its file ${isStored ? 'is' : 'is not'} a disk to the guest`, () => {
    const found = parse([...backend, ...words]).paths.find(({ path }) => path === file);
    assert.deepEqual([found?.kind, found?.isStored === true], ['memory', isStored]);
  });
}

test('a real QEMU gets its persistent memory, and it goes back', rootOnly, async (context) => {
  const site = makeSite(context);
  const memory = makeDisk(site, 'pmem');
  truncateSync(memory, 2 ** 21);
  const started = await start(context, site, 'x', [
    ...[emulator, '-S', '-display', 'none', '-nodefaults'],
    ...['-machine', 'q35,nvdimm=on', '-m', '64,slots=1,maxmem=128M'],
    ...['-object', `memory-backend-file,id=m,share=on,size=2M,mem-path=${memory}`],
    ...['-device', 'nvdimm,memdev=m'],
  ]);
  assert.deepEqual(ownerOf(memory), target);
  started.launcher.kill('SIGTERM');
  assert.equal(await started.ended, 0);
  assert.deepEqual(ownerOf(memory), owner);
});
