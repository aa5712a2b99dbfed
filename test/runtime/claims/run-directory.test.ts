import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { call, makeDirectory, makeSite, siteWords, target } from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';

/** A program in QEMU's place that fills its run directory, then ends. */
function makeProgram(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** What the launcher says of every emulator that is a script. */
function withoutScriptWarning(stderr: string): string {
  return stderr.replace(
    /^.*is a script: .*\n.*hint: name the emulator that the script starts\n/m,
    '',
  );
}

test('the directories are the launcher’s and the target’s alone', rootOnly, (context) => {
  const site = makeSite(context);
  const program = makeProgram(`${site.path}/show`, `stat -c '%a %u' ${site.run} ${site.run}/x`);
  const { stdout } = call(siteWords(site, 'run', '--name', 'x', '--', program));
  assert.equal(stdout, `711 0\n700 ${target.uid}\n`);
  assert.equal(existsSync(`${site.run}/x`), false);
});

test('what QEMU leaves behind goes, and never bars the next start', rootOnly, (context) => {
  const site = makeSite(context);
  const victim = `${site.path}/victim`;
  writeFileSync(victim, 'kept');
  const own = `${site.run}/x`;
  const mess = [
    `mkdir -p ${own}/a/b ${own}/c`,
    `echo > ${own}/a/b/file`,
    `ln -s ${site.path} ${own}/c/link`,
  ];
  const program = makeProgram(`${site.path}/mess`, mess.join('\n'));
  for (const round of [1, 2, 3]) {
    const { status, stderr } = call(siteWords(site, 'run', '--name', 'x', '--', program));
    assert.deepEqual([round, status, withoutScriptWarning(stderr)], [round, 0, '']);
    assert.equal(existsSync(own), false);
  }
  assert.equal(readFileSync(victim, 'utf8'), 'kept');
});

test(
  'a directory that digs without end is moved aside, not followed for ever',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const deep = Array(60).fill('d').join('/');
    const program = makeProgram(`${site.path}/dig`, `mkdir -p ${site.run}/x/${deep}`);
    for (const round of [1, 2]) {
      const { status, stderr } = call(siteWords(site, 'run', '--name', 'x', '--', program));
      assert.deepEqual([round, status, withoutScriptWarning(stderr)], [round, 0, '']);
    }
  },
);

test('a directory that no launch has made is neither used nor emptied', rootOnly, (context) => {
  const site = makeSite(context);
  makeDirectory(site.run, 0o755);
  mkdirSync(`${site.run}/default`);
  writeFileSync(`${site.run}/default/grub`, 'kept');
  const { status, stderr } = call(siteWords(site, 'run', '--name', 'default', '--', '/bin/true'));
  assert.equal(status, 125);
  assert.match(stderr, /run\/default exists and belongs to no VM on record/);
  call(siteWords(site, 'restore', 'default'));
  call(siteWords(site, 'restore', '--all'));
  assert.equal(readFileSync(`${site.run}/default/grub`, 'utf8'), 'kept');
  assert.equal(
    statSync(site.run).mode & 0o7777,
    0o755,
    'nor is the mode of what was there changed',
  );
});

test('nobody else may decide where the run and state directories are', rootOnly, (context) => {
  const site = makeSite(context);
  const open = makeDirectory(`${site.path}/open`, 0o777);
  const hers = makeDirectory(`${site.path}/hers`, 0o755, { uid: 12346, gid: 12346 });
  symlinkSync('/etc', `${hers}/etc`);
  for (const place of [`${open}/run`, `${hers}/run`, `${hers}/etc/default`]) {
    for (const option of ['--run-dir', '--state-dir']) {
      const other = option === '--run-dir' ? ['--state-dir', site.state] : ['--run-dir', site.run];
      const { status, stderr } = call([
        'run',
        '--conf',
        site.conf,
        option,
        place,
        ...other,
        '--',
        '/bin/true',
      ]);
      assert.equal(status, 125, `${option} ${place}`);
      assert.match(stderr, /can be written by others|belongs to another user|is a link/);
    }
  }
  assert.equal(existsSync(`${open}/run`), false);
});

test(
  'a launcher killed before it gave its directory away does not bar the name',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    assert.equal(call(siteWords(site, 'exec', '--name', 'x', '--', '/bin/true')).status, 0);
    // As the kill leaves it: made, still the launcher's, empty.
    chownSync(`${site.run}/x`, 0, 0);
    const { status, stderr } = call(siteWords(site, 'run', '--name', 'x', '--', '/bin/true'));
    assert.deepEqual([status, stderr], [0, '']);
  },
);
