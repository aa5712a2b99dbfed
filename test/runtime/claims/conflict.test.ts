import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { vhostScsi } from '../../../src/runtime/access/host-device.ts';
import { isHeldTogether } from '../../../src/runtime/claims/conflict.ts';
import { makeClaim, makeRecord } from '../../support/claim-record.ts';
import { editRecord } from '../../support/claims.ts';
import {
  abandon,
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  pausedWith,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

test(
  'the same name twice, and the same disk twice, are refused by the name of the first',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const started = await start(context, site, 'first', pausedWith(disk));
    const sameName = call(siteWords(site, 'run', '--name', 'first', '--', ...paused));
    const foreseen = ['--name', 'first', '--', ...paused, '-drive', `file=${disk},format=raw`];
    const plan = call(siteWords(site, 'plan', '--json', ...foreseen));
    assert.equal(plan.status, 3);
    assert.deepEqual(
      JSON.parse(plan.stdout).findings.map(({ code, path }: { code: string; path?: string }) => {
        return [code, path];
      }),
      [
        ['VP_NAME_IN_USE', undefined],
        ['VP_PATH_IN_USE', disk],
      ],
    );
    assert.equal(sameName.status, 125);
    assert.match(
      sameName.stderr,
      new RegExp(`error: a VM named first is running already \\(pid ${started.pid}\\)`),
    );
    const sameDisk = call(
      siteWords(site, 'run', '--name', 'second', '--', ...paused, '-hda', disk),
    );
    assert.equal(sameDisk.status, 125);
    assert.match(
      sameDisk.stderr,
      new RegExp(`${disk} is in use by the VM first \\(pid ${started.pid}\\)`),
    );
    assert.deepEqual(ownerOf(disk), target);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0);
    assert.deepEqual(
      ownerOf(disk),
      owner,
      'the failed second one has not touched what the first remembers',
    );
  },
);

/** Ways to give a disk a second name; two hard links are refused already. */
const names: Readonly<Record<string, (disk: string, other: string) => void>> = {
  'a bind mount': (disk, other) => {
    writeFileSync(other, '');
    execFileSync('mount', ['--bind', disk, other]);
  },
  'a link': symlinkSync,
  'a path through another directory': (_, other) => mkdirSync(other),
};

for (const [what, link] of Object.entries(names)) {
  test(`two names of one file are one disk: ${what}`, rootOnly, async (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const place = `${site.path}/other`;
    link(disk, place);
    const other = statSync(place).isDirectory() ? `${place}/../disk.raw` : place;
    const started = await start(context, site, 'first', pausedWith(disk));
    const words = siteWords(site, 'run', '--name', 'second', '--', ...pausedWith(other));
    const { status, stderr } = call(words);
    const by = `is in use by the VM first (pid ${started.pid})`;
    assert.deepEqual([status, stderr.includes(by)], [125, true], stderr);
  });
}

test('the node that all machines reach their SCSI targets by is held together, by one owner', () => {
  const held = makeClaim({ path: vhostScsi, node: 'c10:120' });
  const live = [makeRecord({ claims: [held] })];
  assert.equal(isHeldTogether(live, held), true);
  assert.equal(isHeldTogether(live, { ...held, to: { uid: 108, gid: 107 } }), false);
  assert.equal(isHeldTogether([], held), false);
  assert.equal(isHeldTogether(live, { ...held, path: '/dev/sg0' }), false);
});

function attachLoop(image: string): string | null {
  const words = ['--find', '--show', image];
  const { status, stdout } = spawnSync('losetup', words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

test(
  'a block device is claimed and given back, and two nodes of it are one disk',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const image = makeDisk(site);
    const loop = attachLoop(image);
    if (loop === null) {
      context.skip('needs a loop device');
      return;
    }
    context.after(() => execFileSync('losetup', ['--detach', loop]));
    const before = ownerOf(loop);
    const { rdev } = statSync(loop);
    execFileSync('mknod', [`${site.path}/alias`, 'b', String(rdev >> 8), String(rdev & 255)]);
    const started = await start(context, site, 'first', pausedWith(loop));
    assert.deepEqual(ownerOf(loop), target);
    const { stderr } = call(
      siteWords(site, 'run', '--name', 'second', '--', ...paused, '-hda', `${site.path}/alias`),
    );
    assert.match(stderr, /alias is in use by the VM first/);
    started.launcher.kill('SIGTERM');
    await started.ended;
    assert.deepEqual(ownerOf(loop), before);
  },
);

test(
  'a record that prepare left bears no pid and stands until it is named',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    abandon(site, 'waiting', disk);
    editRecord(site, 'waiting', { pid: null, startTime: null });
    const list = call(siteWords(site, 'list'));
    assert.match(list.stdout, /^waiting +prepared +/m);
    assert.equal(JSON.parse(call(siteWords(site, 'list', '--json')).stdout).vms[0].running, false);
    assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
    assert.deepEqual(ownerOf(disk), target);
    const again = call(siteWords(site, 'run', '--name', 'waiting', '--', '/bin/true'));
    assert.match(again.stderr, /a VM named waiting is there already \(prepared, not started yet\)/);
    const other = call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true', '-hda', disk));
    assert.match(other.stderr, /in use by the VM waiting \(prepared, not started yet\)/);
    assert.equal(call(siteWords(site, 'restore', 'waiting')).status, 0);
    assert.deepEqual(ownerOf(disk), owner);
  },
);
