import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  listReports,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  paused,
  siteWords,
} from '../../support/launcher.ts';
import { isRoot } from '../../support/scratch.ts';
import { callNamed, prepare } from '../../support/service.ts';
import { needs } from '../../support/tool.ts';

const options = isRoot ? needs('strace') : { skip: 'needs root' };

// What follows each of them is what the next start or `restore` must cope with.
const calls = ['fchownat', 'mkdir', 'rename', 'fchown', 'chmod'] as const;

for (const name of calls) {
  test(`prepare is killed at each ${name}: restore gives all back`, options, (context) => {
    for (let nr = 1; nr < 20; nr++) {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const inject = `inject=${name}:signal=SIGKILL:when=${nr}`;
      const wrapper = [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        `trace=${name}`,
        '-e',
        inject,
      ];
      const words = siteWords(site, 'prepare', '--name', 'web', '--', ...paused, disk);
      const { status } = call(words, { wrapper });
      const restored = callNamed(site, 'restore', 'web');
      assert.equal(restored.status, 0, `${name} ${nr}: ${restored.stderr}`);
      assert.deepEqual(ownerOf(disk), owner, `${name} ${nr}`);
      assert.deepEqual(listReports(site), []);
      const again = prepare(site, 'web', [...paused, disk]);
      assert.equal(again.status, 0, `${name} ${nr}: ${again.stderr}`);
      callNamed(site, 'restore', 'web');
      assert.deepEqual(
        readdirSync(site.run, { recursive: true })
          .map(String)
          .filter((file) => /^(?:\.services|[^.])/.test(file)),
        ['.services'],
      );
      if (status === 0) return;
    }
    assert.fail('it was killed every time');
  });
}
