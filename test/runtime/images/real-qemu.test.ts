import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { backingFormat } from '../../support/image-headers.ts';
import { createImage, makeRawImages } from '../../support/qemu-files.ts';
import { type Shape, testShapes } from '../../support/qemu-trace.ts';

/** The more different ones first: the short run takes those only. */
const shapes: readonly Shape[] = [
  { line: '-drive file=here/link,format=qcow2,if=virtio' },
  { line: '-drive file=json.qcow2,format=qcow2,if=virtio,readonly=on' },
  { line: '-drive file=data.qcow2,format=qcow2,if=virtio', allow: ['data.raw'] },
  { line: '-drive file=flat.vmdk,format=vmdk,if=ide', allow: ['flat-flat.vmdk'] },
  {
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=deep.qcow2 -device virtio-blk-pci,drive=q',
  },
  // The long run's
  { line: '-drive file=parent.vmdk,format=vmdk,if=ide' },
  { line: '-drive file=over.qed,format=qed,if=ide' },
  {
    line: '-drive file=guessed.qcow2,format=qcow2,if=virtio -drive file=a.raw,format=raw,if=virtio',
  },
  { line: '-drive file=deep.qcow2,format=qcow2,if=virtio,backing.driver=qcow2' },
  { line: '-drive file=deep.qcow2,format=qcow2,if=virtio,backing.backing=' },
  {
    line: '-drive file=deep.qcow2,format=qcow2,if=virtio,backing.discard=unmap,backing.backing.driver=raw,backing.backing.file.filename=b.raw',
  },
  { line: '-drive file=deep.qcow2,format=qcow2,if=virtio,backing.driver=raw' },
  { line: '-drive file=deep.qcow2,format=qcow2,if=virtio,snapshot=on' },
  {
    line: '-blockdev driver=qcow2,node-name=q,file.driver=file,file.filename=deep.qcow2,backing.driver=qcow2,backing.file.driver=file,backing.file.filename=middle.qcow2,backing.backing= -device virtio-blk-pci,drive=q',
  },
];

function makeFiles(directory: string): void {
  const create = (line: string) => createImage(directory, ...line.split(' '));
  makeRawImages(directory, 'a.raw', 'b.raw');
  mkdirSync(`${directory}/here`);
  makeRawImages(`${directory}/here`, 'a.raw');
  create('-f qcow2 -b a.raw -F raw middle.qcow2');
  create('-f qcow2 -b ./middle.qcow2 -F qcow2 deep.qcow2');
  symlinkSync('../middle.qcow2', `${directory}/here/link`);
  const file = '{"driver":"file","filename":"b.raw"}';
  create(`-f qcow2 -b json:{"driver":"raw","file":${file}} -F raw json.qcow2`);
  create('-f qcow2 -o data_file=data.raw data.qcow2 1M');
  create('-f vmdk -o subformat=monolithicFlat flat.vmdk 1M');
  create('-f vmdk base.vmdk 1M');
  create('-f vmdk -b base.vmdk -F vmdk parent.vmdk');
  create('-f qed -b b.raw -F raw over.qed');
  create('-f qcow2 plain.qcow2 1M');
  create('-f qcow2 -b plain.qcow2 -F qcow2 guessed.qcow2');
  forgetFormat(`${directory}/guessed.qcow2`);
}

/** As qemu-img once made images: the format of the backing file is not recorded. */
function forgetFormat(path: string): void {
  const image = readFileSync(path);
  const extension = Buffer.alloc(4);
  extension.writeUInt32BE(backingFormat);
  image.writeUInt32BE(0x12345678, image.indexOf(extension));
  writeFileSync(path, image);
}

testShapes(shapes, { makeFiles, short: [5, 2] });
