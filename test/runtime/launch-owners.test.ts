import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  makeDisk,
  makeSite,
  ownerOf,
  paused,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

test(
  'read-only, shared and left disks keep owner, mode and change time',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disks = ['cdrom', 'readonly', 'shared', 'left', 'snapshot'].map((name) =>
      makeDisk(site, name),
    );
    for (const disk of disks) execFileSync('setfacl', ['-m', `u:${target.uid}:rw`, disk]);
    const before = disks.map((disk) => statSync(disk).ctimeMs);
    const [cdrom, readonly, shared, left, snapshot] = disks;
    const words = [
      '-cdrom',
      `${cdrom}`,
      '-drive',
      `file=${readonly},format=raw,readonly=on,if=virtio`,
      '-blockdev',
      `driver=file,filename=${shared},node-name=shared`,
      '-device',
      'virtio-blk-pci,drive=shared,share-rw=on',
      '-drive',
      `file=${left},format=raw,if=virtio`,
      '-drive',
      `file=${snapshot},format=raw,if=virtio,snapshot=on`,
    ];
    const all = siteWords(site, 'plan', '--json', '--leave', `${left}`, '--', ...paused, ...words);
    const plan = JSON.parse(call(all).stdout);
    const decided = plan.resources.map((each: { path: string; action: string; why: string }) => {
      return [each.path, `${each.action}: ${each.why}`];
    });
    assert.deepEqual(Object.fromEntries(decided), {
      [`${cdrom}`]: 'check: read-only',
      [`${readonly}`]: 'check: read-only',
      [`${shared}`]: 'check: shared',
      [`${left}`]: 'check: --leave',
      [`${snapshot}`]: 'check: read-only',
    });
    const { status, stderr } = call(
      siteWords(
        site,
        'run',
        '--leave',
        `${left}`,
        '--',
        ...paused,
        ...words,
        '-machine',
        'nosuchmachine',
      ),
    );
    assert.equal(status, 1, stderr);
    assert.deepEqual(
      disks.map((disk) => statSync(disk).ctimeMs),
      before,
    );
  },
);

test('dynamic_ownership = 0 claims nothing', rootOnly, (context) => {
  const site = makeSite(
    context,
    `user = "+${target.uid}"\ngroup = "+${target.gid}"\ndynamic_ownership = 0\n`,
  );
  const disk = makeDisk(site);
  const { status, stdout } = call(siteWords(site, 'plan', '--json', '--', ...paused, '-hda', disk));
  const plan = JSON.parse(stdout);
  assert.equal(plan.resources[0].action, 'check');
  assert.equal(status, 3, 'QEMU could not open it as it is');
  assert.equal(
    plan.findings.some(({ code }: { code: string }) => code === 'VP_PATH_ACCESS'),
    true,
  );
});

test('a running VM’s files are not given back from under it', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const started = await start(context, site, 'web', [...paused, '-hda', disk]);
  const { status, stderr } = call(siteWords(site, 'restore', 'web'));
  assert.deepEqual(
    [status, stderr.includes(`the VM web is running (pid ${started.pid})`)],
    [1, true],
  );
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(ownerOf(disk), target);
});
