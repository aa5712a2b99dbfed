import assert from 'node:assert/strict';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { O_PATH } from '../../../src/runtime/files.ts';
import {
  abandon,
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { native } from '../../support/native.ts';
import { rootOnly } from '../../support/scratch.ts';
import { stateOf } from '../../support/victim.ts';

const damages: Readonly<Record<string, (text: string) => string>> = {
  empty: () => '',
  truncated: (text) => text.slice(0, text.length / 2),
  'of zeroes': (text) => '\0'.repeat(text.length),
  'of a later version': (text) => text.replace('"version":1', '"version":2'),
  'of another name': (text) => text.replace('"name":"web"', '"name":"other"'),
  'with a name that leads elsewhere': (text) => text.replace('"name":"web"', '"name":"../web"'),
};

for (const [what, damage] of Object.entries(damages)) {
  test(
    `a record ${what} is told of, never deleted, and bars its own name only`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      abandon(site, 'web', disk);
      const path = `${site.state}/claims/web.json`;
      const damaged = damage(readFileSync(path, 'utf8'));
      writeFileSync(path, damaged);
      for (const which of ['--all', 'web']) {
        const { status, stderr } = call(siteWords(site, 'restore', which));
        assert.equal(status, 1);
        assert.match(stderr, /the record .*\/web\.json cannot be used: /);
      }
      const same = call(siteWords(site, 'run', '--name', 'web', '--', '/bin/true'));
      assert.deepEqual([same.status, /web\.json cannot be used/.test(same.stderr)], [125, true]);
      const other = makeDisk(site, 'other.raw');
      const run = call(siteWords(site, 'run', '--name', 'b', '--', '/bin/true', '-hda', other));
      assert.deepEqual(
        [run.status, /warning: .*web\.json cannot be used/.test(run.stderr)],
        [0, true],
      );
      assert.deepEqual([ownerOf(other), ownerOf(disk)], [owner, target]);
      const kept = readdirSync(`${site.state}/claims`).filter((name) => name !== 'lock');
      assert.deepEqual(
        kept.map((name) => readFileSync(`${site.state}/claims/${name}`, 'utf8')),
        [damaged],
      );
    },
  );
}

/** Records that somebody has planted to get a file of root's. */
const plants: Readonly<
  Record<string, (claim: object, victim: Readonly<Record<string, unknown>>) => object>
> = {
  'its path alone': (claim, { path }) => ({ ...claim, path }),
  'its inode too': (claim, { path, inode, device }) => ({
    ...claim,
    path,
    inode,
    device,
  }),
  'all of it, but for an owner that it never had': (claim, victim) => ({ ...claim, ...victim }),
};

for (const [what, plant] of Object.entries(plants)) {
  test(
    `a planted record that names a file of root’s gives nothing away: ${what}`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      const victim = `${site.path}/passwd`;
      writeFileSync(victim, 'root:x:0:0');
      const disk = makeDisk(site);
      abandon(site, 'web', disk);
      const path = `${site.state}/claims/web.json`;
      const record = JSON.parse(readFileSync(path, 'utf8'));
      const before = stateOf(victim);
      const { dev, ino } = statSync(victim, { bigint: true });
      const facts = { ...factsOf(victim), path: victim, inode: `${ino}`, device: `${dev}` };
      const claims = [plant(record.claims[0], facts)];
      writeFileSync(path, JSON.stringify({ ...record, claims }));
      call(siteWords(site, 'restore', '--all'));
      symlinkSync(victim, `${disk}.link`);
      writeFileSync(
        path,
        JSON.stringify({ ...record, claims: [{ ...claims[0], path: `${disk}.link` }] }),
      );
      call(siteWords(site, 'restore', '--all'));
      assert.deepEqual(stateOf(victim), before);
    },
  );
}

/** What the record of a file of root's would hold. */
function factsOf(path: string): object {
  const descriptor = openSync(path, O_PATH);
  const { handle, birth, mode } = native.inspect(descriptor);
  closeSync(descriptor);
  return { handle, birth, mode };
}
