import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  emulator,
  listReports,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  target,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';
import { callNamed, prepare } from '../../support/service.ts';

function factsOf(path: string): string {
  const { mode, uid, gid } = statSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
}

test(
  'prepare gives the disk away and leaves the plan, restore takes both back',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const { status, stdout, stderr } = prepare(site, 'web', [...paused, disk]);
    assert.deepEqual([status, stdout], [0, '']);
    assert.doesNotMatch(stderr, /error/);
    assert.deepEqual(ownerOf(disk), target);
    assert.deepEqual(readdirSync(site.run).sort(), ['.services', 'web', 'web.json', 'web.plan']);
    assert.equal(factsOf(site.run), '711 0:0');
    assert.equal(factsOf(`${site.run}/web`), `700 ${target.uid}:${target.gid}`);
    // Nobody of QEMU's user comes through this one: what is in it is shown to its unit alone.
    assert.equal(factsOf(`${site.run}/.services`), '700 0:0');
    assert.equal(factsOf(`${site.run}/.services/web`), `700 ${target.uid}:${target.gid}`);
    assert.equal(factsOf(`${site.run}/web.plan`), `640 0:${target.gid}`);
    assert.equal(factsOf(`${site.run}/web.json`), '600 0:0');
    const [report] = listReports(site);
    assert.deepEqual([report?.name, report?.pid, report?.verified], ['web', null, false]);
    assert.equal(callNamed(site, 'restore', 'web').status, 0);
    assert.deepEqual(ownerOf(disk), owner);
    assert.deepEqual(readdirSync(site.run), ['.services']);
    assert.deepEqual(readdirSync(`${site.run}/.services`), []);
  },
);

test('what is prepared stands until its name is given', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  prepare(site, 'web', [...paused, disk]);
  const again = prepare(site, 'web', [...paused, disk]);
  assert.equal(again.status, 125);
  assert.match(again.stderr, /a VM named web is there already \(prepared, not started yet\)/);
  call(['restore', '--all', '--state-dir', site.state, '--run-dir', site.run]);
  assert.deepEqual(ownerOf(disk), target);
  assert.ok(existsSync(`${site.run}/web.plan`));
});

test('the plan names every file by device and inode, the claimed one too', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const iso = makeDisk(site, 'read.iso', target);
  prepare(site, 'web', [...paused, '-hda', disk, '-cdrom', iso]);
  const words = readFileSync(`${site.run}/web.plan`, 'latin1').split('\0');
  for (const path of [disk, iso, emulator]) {
    const { dev, ino } = statSync(path, { bigint: true });
    const at = words.indexOf(path);
    assert.deepEqual(words.slice(at - 2, at + 1), [String(dev), String(ino), path]);
  }
});

test('QEMU listens for the launcher in its own directory', rootOnly, (context) => {
  const site = makeSite(context);
  prepare(site, 'web', paused);
  const words = readFileSync(`${site.run}/web.plan`, 'latin1');
  const file = `${site.run}/web/qmp.conf`;
  assert.ok(words.includes(`\0-readconfig\0${file}\0`));
  for (const each of [file, `${site.run}/.services/web/qmp.conf`]) {
    assert.equal(factsOf(each), `640 0:${target.gid}`);
    assert.ok(readFileSync(each, 'utf8').includes(`path = "${site.run}/web/qmp"\n`));
  }
});

const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'a socket elsewhere',
    ['-qmp', 'unix:SITE/qmp,server=on,wait=off'],
    /error: -qmp unix:.*: a service listens in its own run directory only, where no other VM sees the socket\n.*hint: write it as SITE\/run\/web\/qmp: root reaches it by SITE\/run\/\.services\/web\/qmp\n/,
  ],
  [
    'a chardev elsewhere',
    ['-chardev', 'socket,id=a,path=SITE/run/other,server=on,wait=off'],
    /hint: write it as SITE\/run\/web\/other: root/,
  ],
  ['a screen elsewhere', ['-vnc', 'unix:SITE/vnc'], /hint: write it as SITE\/run\/web\/vnc: root/],
  ['a disk that is not there', ['-hda', 'SITE/nothing'], /error: .*nothing/],
];

for (const [what, words, message] of refused) {
  test(`prepare refuses ${what} and changes nothing`, rootOnly, (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const place = (text: string) => text.replaceAll('SITE', site.path);
    const all = [...paused, '-hdb', disk, ...words.map(place)];
    const { status, stderr } = prepare(site, 'web', all);
    assert.equal(status, 125, stderr);
    assert.match(stderr, new RegExp(place(message.source)));
    assert.deepEqual(ownerOf(disk), owner);
    assert.equal(existsSync(`${site.run}/web.plan`), false);
    assert.deepEqual(listReports(site), []);
  });
}

test('prepare refuses to keep capabilities', rootOnly, (context) => {
  const site = makeSite(
    context,
    'user = "root"\ngroup = "root"\nclear_emulator_capabilities = 0\n',
  );
  const { status, stderr } = prepare(site, 'web', paused);
  assert.equal(status, 125);
  assert.match(stderr, /error: clear_emulator_capabilities = 0: a service has no capability/);
});

test('a socket in its own directory is welcome', rootOnly, (context) => {
  const site = makeSite(context);
  const socket = `unix:${site.run}/web/vnc`;
  const { status, stderr } = prepare(site, 'web', [...paused, '-vnc', socket]);
  assert.equal(status, 0, stderr);
});

test('a run directory that cannot take the plan gives everything back', rootOnly, (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  mkdirSync(site.run);
  mkdirSync(`${site.run}/web.plan`);
  const { status } = prepare(site, 'web', [...paused, disk]);
  assert.equal(status, 125);
  assert.deepEqual(ownerOf(disk), owner);
  assert.deepEqual(readdirSync(site.run).sort(), ['.services', 'web.plan']);
  assert.deepEqual(listReports(site), []);
});

test('restore leaves the directory of a VM whose name ends like a plan', rootOnly, (context) => {
  const site = makeSite(context);
  prepare(site, 'web.plan', paused);
  writeFileSync(`${site.run}/web.plan/mine`, '');
  assert.equal(prepare(site, 'web', paused).status, 125);
  callNamed(site, 'restore', 'web');
  assert.ok(existsSync(`${site.run}/web.plan/mine`));
});
