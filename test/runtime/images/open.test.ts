import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { test } from 'node:test';
import { withImage } from '../../../src/runtime/images/open.ts';
import { chainOf, drive, makeImages } from '../../support/image-chain.ts';
import { qcow2 } from '../../support/image-headers.ts';
import { needsQemuImg, qemuImg } from '../../support/qemu-img.ts';
import { isRoot, makeScratch } from '../../support/scratch.ts';

test('what is no file, or no image, or not there', (context) => {
  const directory = makeImages(context, { raw: null, cut: qcow2({}) });
  execFileSync('mkfifo', [`${directory}/pipe`]);
  mkdirSync(`${directory}/directory`);
  symlinkSync('loop', `${directory}/loop`);
  truncateSync(`${directory}/cut`, 50);
  const cases: Readonly<Record<string, string>> = {
    pipe: 'VP_PATH_KIND the image pipe: pipe is neither a regular file nor a block device',
    directory:
      'VP_PATH_KIND the image directory: directory is neither a regular file nor a block device',
    '/dev/null':
      'VP_PATH_KIND the image /dev/null: /dev/null is neither a regular file nor a block device',
    loop: 'VP_PATH_MISSING the image loop: loop leads through more than 40 symbolic links',
    gone: 'VP_PATH_MISSING the image gone: gone does not exist',
    raw: 'VP_IMAGE_INVALID the image raw: it does not begin as a qcow2 image',
    cut: 'VP_IMAGE_INVALID the image cut: it ends before the end of its header',
  };
  for (const [name, finding] of Object.entries(cases)) {
    assert.deepEqual(chainOf(directory, drive(name)).findings, [finding]);
  }
});

test('nothing is found where no file can reach', (context) => {
  const directory = makeImages(context, { raw: null });
  withImage(`${directory}/raw`, ({ bytes }) => {
    for (const offset of [-1, -4096, 2 ** 53, 2 ** 64, 1.5e300, Number.NaN, 65536]) {
      assert.equal(bytes.readAt(offset, 8).length, 0, `${offset}`);
    }
    assert.equal(bytes.readAt(65530, 8).length, 6);
  });
});

test('a block device is looked into like a file', {
  skip: isRoot ? needsQemuImg.skip : 'needs root: a loop device',
}, (context) => {
  const directory = makeScratch(context);
  qemuImg(directory, 'create -q -f raw base 1M');
  qemuImg(directory, 'create -q -f qcow2 -b base -F raw top');
  let device: string;
  try {
    device = execFileSync('losetup', ['--find', '--show', `${directory}/top`], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    context.skip('needs loop devices');
    return;
  }
  context.after(() => execFileSync('losetup', ['--detach', device]));
  const line = `-drive file=${device},format=qcow2,if=virtio`;
  assert.deepEqual(chainOf(directory, line).paths, [`${device} disk rw`, '/dev/base backing ro']);
});
