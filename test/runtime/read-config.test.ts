import assert from 'node:assert/strict';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  call,
  emulator,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  siteWords,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const text = (disk: string) => `[drive]\n  file = "${disk}"\n  format = "raw"\n`;

function plan(words: readonly string[], file: string) {
  const run = call([...words, '--', emulator, '-readconfig', file]);
  return { status: run.status, stderr: run.stderr, ...JSON.parse(run.stdout) };
}

test(
  'what a -readconfig file names is planned as if it stood in the arguments',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site, 'disk.img', owner);
    const file = join(makeDirectory(join(site.path, 'etc'), 0o755), 'vm.cfg');
    writeFileSync(file, text(disk));
    const { status, resources, findings } = plan(siteWords(site, 'plan', '--json'), file);
    assert.deepEqual([status, findings], [0, []]);
    const found = resources.map(({ path, kind, action }: Record<string, string>) => [
      path,
      kind,
      action,
    ]);
    assert.deepEqual(found.slice(0, 2), [
      [file, 'config', 'check'],
      [disk, 'disk', 'claim'],
    ]);
  },
);

test(
  'one that others can write, or that is not there, is refused by its name',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site, 'disk.img', owner);
    const file = join(makeDirectory(join(site.path, 'etc'), 0o755), 'vm.cfg');
    writeFileSync(file, text(disk));
    chmodSync(file, 0o666);
    for (const path of [file, `${file}.absent`]) {
      const { status, findings } = plan(siteWords(site, 'plan', '--json'), path);
      assert.equal(status, 3);
      const [first] = findings;
      assert.deepEqual([first.severity, first.path], ['error', path]);
      assert.match(first.message, new RegExp(`^-readconfig: cannot read ${path}: `));
    }
    chmodSync(file, 0o644);
    chownSync(file, owner.uid, owner.gid);
    assert.equal(plan(siteWords(site, 'plan', '--json'), file).status, 3);
  },
);
