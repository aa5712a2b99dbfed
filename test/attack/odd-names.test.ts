import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  awaitEnd,
  call,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  siteWords,
  start,
  target,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const names = {
  'a newline': 'two\nlines',
  'an escape sequence': 'red\u001b[31m',
  'the look of an option': '-o',
  commas: 'a,b,format=qcow2',
  'an equals sign and a colon': 'file=nbd:x',
  'quotes and blanks': ` '"$(id)" `,
  'the longest name there is': 'x'.repeat(255),
} as const;

for (const [what, name] of Object.entries(names)) {
  test(
    `a disk whose name holds ${what} is given and given back, and printed harmlessly`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      makeDirectory(`${site.path}/anna`, 0o755, owner);
      const disk = makeDisk(site, `anna/${name}`);
      // A file that a name read wrongly would lead to.
      const others = ['two', 'lines', 'a', 'x'].map((other) => makeDisk(site, other));
      const words = [...paused, '-drive', `format=raw,file=${disk.replaceAll(',', ',,')}`];
      const plan = call(siteWords(site, 'plan', '--name', 'odd', '--', ...words));
      assert.equal(plan.status, 0, plan.stderr);
      const started = await start(context, site, 'odd', words);
      assert.deepEqual(
        started.report.claims.map(({ path }) => path),
        [disk],
      );
      assert.deepEqual(ownerOf(disk), target);
      const list = call(siteWords(site, 'list'));
      started.launcher.kill('SIGKILL');
      await started.ended;
      await awaitEnd(started.pid);
      const back = call(siteWords(site, 'restore', '--all'));
      assert.deepEqual(
        [ownerOf(disk), ...others.map(ownerOf)],
        [owner, owner, owner, owner, owner],
      );
      for (const { stdout, stderr } of [plan, list, back]) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f]/);
        assert.doesNotMatch(stdout + stderr, /^lines/m);
      }
    },
  );
}
