import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  makeSite,
  paused,
  type Site,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';
import { callNamed, prepare, startPrepared } from '../../support/service.ts';

/** A directory of root's, as that of the huge pages is. */
function makePages(site: Site): string {
  const path = `${site.path}/pages`;
  mkdirSync(path, { mode: 0o755 });
  return path;
}

const backend = (pages: string) => [
  ...['-object', `memory-backend-file,id=m,size=64M,mem-path=${pages},prealloc=on`],
  ...['-machine', 'memory-backend=m'],
];

for (const [what, words] of [
  ['-mem-path', (pages: string) => ['-mem-path', pages]],
  ['a backend', backend],
] as const) {
  test(`QEMU has its memory in a directory of root's, by ${what}`, rootOnly, async (context) => {
    const site = makeSite(context);
    const pages = makePages(site);
    const started = await start(context, site, 'x', [...paused, ...words(pages)]);
    const own = `${pages}/virt-privileges-x`;
    const { mode, uid, gid } = statSync(own);
    assert.deepEqual([mode & 0o7777, { uid, gid }], [0o700, target]);
    started.launcher.kill('SIGTERM');
    assert.equal(await started.ended, 0, started.stderr());
    assert.deepEqual(readdirSync(pages), []);
  });
}

test('a service has it from prepare to restore', rootOnly, async (context) => {
  const site = makeSite(context);
  const pages = makePages(site);
  const { status, stderr } = prepare(site, 'web', [...paused, ...backend(pages)]);
  assert.equal(status, 0, stderr);
  const qemu = startPrepared(context, site, 'web');
  assert.equal(callNamed(site, 'adopt', 'web', '--pid', String(qemu.pid)).status, 0);
  qemu.process.kill('SIGKILL');
  await qemu.ended;
  // What a killed QEMU may leave.
  writeFileSync(`${pages}/virt-privileges-web/left`, 'x');
  assert.equal(callNamed(site, 'restore', 'web').status, 0);
  assert.deepEqual(readdirSync(pages), []);
});

test('an empty one that a crash has left gives way, a filled one stays', rootOnly, (context) => {
  const site = makeSite(context);
  const own = `${makePages(site)}/virt-privileges-x`;
  mkdirSync(own);
  const words = [...paused, '-mem-path', `${site.path}/pages`, '-machine', 'none', '-bogus'];
  const run = () => call(siteWords(site, 'run', '--name', 'x', '--', ...words));
  assert.equal(run().status, 1);
  assert.equal(existsSync(own), false);
  mkdirSync(own);
  writeFileSync(`${own}/file`, 'x');
  assert.match(run().stderr, /cannot make .*\/pages\/virt-privileges-x: ENOTEMPTY/);
  assert.ok(existsSync(`${own}/file`));
});
