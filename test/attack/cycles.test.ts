import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { call, makeDisk, makeSite, owner, ownerOf, siteWords } from '../support/launcher.ts';
import { rootOnly, rounds } from '../support/scratch.ts';

test(
  'many starts and ends leave no record, no descriptor and no temporary file',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    // In QEMU's place: what it has open, and one more that the listing itself needs.
    const program = `${site.path}/emulator`;
    writeFileSync(program, '#!/bin/sh\nls /proc/self/fd\n', { mode: 0o755 });
    const everything = () => readdirSync(site.path, { recursive: true }).map(String).sort();
    const words = ['--name', 'x', '--', program, '-drive', `file=${disk},format=raw`];
    const before = readdirSync('/dev/shm').length;
    for (let round = 0; round < rounds(20, 1000); round++) {
      const { status, stdout, stderr } = call(siteWords(site, 'run', ...words));
      assert.deepEqual([status, stdout], [0, '0\n1\n2\n3\n'], `round ${round}: ${stderr}`);
      assert.deepEqual(ownerOf(disk), owner, `round ${round}`);
    }
    const left = ['disk.raw', 'emulator', 'qemu.conf', 'run', 'state', 'state/claims'];
    assert.deepEqual(everything(), [...left, 'state/claims/lock']);
    assert.equal(readdirSync('/dev/shm').length, before);
  },
);
