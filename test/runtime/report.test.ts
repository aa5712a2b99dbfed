import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { call, makeDirectory, makeDisk, makeSite, owner, siteWords } from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

test('a report replaces its older self and nothing else', rootOnly, (context) => {
  const site = makeSite(context);
  const path = `${site.path}/report.json`;
  for (const round of [1, 2]) {
    assert.equal(
      call(siteWords(site, 'run', '--report', path, '--', '/bin/true')).status,
      0,
      `${round}`,
    );
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).verified, true);
  }
});

test(
  'root never replaces a device, a link or a pipe by a report, and claims nothing before it knows',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    execFileSync('mkfifo', [`${site.path}/pipe`]);
    execFileSync('mknod', [`${site.path}/null`, 'c', '1', '3']);
    symlinkSync('/etc/hostname', `${site.path}/link`);
    const before = statSync(disk).ctimeMs;
    for (const name of ['pipe', 'null', 'link']) {
      const kind = lstatSync(`${site.path}/${name}`).mode;
      const { status, stderr } = call(
        siteWords(site, 'run', '--report', `${site.path}/${name}`, '--', '/bin/true', disk),
      );
      assert.equal(status, 125, stderr);
      assert.match(
        stderr,
        /cannot write the report .*: something stands there that is no regular file/,
      );
      assert.equal(lstatSync(`${site.path}/${name}`).mode, kind);
    }
    assert.equal(statSync(disk).ctimeMs, before);
  },
);

test('somebody else’s directory is no place for a report', rootOnly, (context) => {
  const site = makeSite(context);
  const precious = makeDirectory(`${site.path}/precious`, 0o755);
  writeFileSync(`${precious}/r.json`, 'kept');
  const hers = makeDirectory(`${site.path}/hers`, 0o755, owner);
  symlinkSync(precious, `${hers}/out`);
  const { status } = call(
    siteWords(site, 'run', '--report', `${hers}/out/r.json`, '--', '/bin/true'),
  );
  assert.equal(status, 125);
  assert.equal(readFileSync(`${precious}/r.json`, 'utf8'), 'kept');
});

test('exec has nobody who could write one', rootOnly, (context) => {
  const site = makeSite(context);
  const { status, stderr } = call(
    siteWords(site, 'exec', '--report', `${site.path}/r`, '--', '/bin/true'),
  );
  assert.deepEqual([status, /exec writes no report/.test(stderr)], [2, true]);
});
