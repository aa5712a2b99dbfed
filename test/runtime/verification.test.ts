import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launcherPath, makeDisk, makeSite, owner, siteWords } from '../support/launcher.ts';
import { projectRoot, rootOnly } from '../support/scratch.ts';

interface Mutation {
  readonly step: string;
  readonly line: RegExp;
}

/** Each step whose absence shows in /proc, in an executor that does not read back either. */
const mutations: readonly Mutation[] = [
  { step: 'bounding', line: /CapBnd is 0*1f+e?f*, planned 0{16}/ },
  { step: 'groups', line: /Groups is 0?.*, planned 45678/ },
  { step: 'identity', line: /Uid is 0 0 0 0, planned 34567 34567 34567 34567/ },
  { step: 'filter', line: /Seccomp is 0, planned 2/ },
];

for (const { step, line } of mutations) {
  test(
    `a QEMU that was started without the step ${step} is killed, its disk given back, 125`,
    rootOnly,
    (context) => {
      const site = makeSite(context);
      const disk = makeDisk(site);
      const program = join(site.path, 'emulator');
      writeFileSync(program, `#!/bin/sh\necho $$ > ${site.run}/x/pid\nexec sleep 60\n`, {
        mode: 0o755,
      });
      const launcher = installWith(site.path, step);
      const words = siteWords(site, 'run', '--name', 'x', '--', program, '-hda', disk);
      const { status, stderr } = spawnSync(process.execPath, [launcher, ...words], {
        encoding: 'utf8',
        cwd: '/',
      });
      assert.equal(status, 125, stderr);
      assert.match(stderr, /process \d+ is not what was planned: /);
      assert.match(stderr, line);
      const pid = /process (\d+) is not/.exec(stderr)?.[1];
      assert.equal(existsSync(`/proc/${pid}`), false, 'it does not run on');
      const { uid, gid } = statSync(disk);
      assert.deepEqual({ uid, gid }, owner);
      assert.deepEqual(readdirSync(`${site.state}/claims`), ['lock']);
    },
  );
}

/** The launcher as installed, with an executor that leaves out one step and does not read back. */
function installWith(path: string, step: string): string {
  const native = join(path, 'dist/native');
  mkdirSync(native, { recursive: true });
  copyFileSync(launcherPath, join(path, 'dist/qemu-launch.cjs'));
  copyFileSync(join(projectRoot, 'dist/native/addon.node'), join(native, 'addon.node'));
  const variables = [`OUT=${native}`, `LEAVE_OUT=${step}`, 'WITHOUT_READ_BACK=1'];
  execFileSync('make', [
    '-s',
    '-C',
    join(projectRoot, 'src/runtime/native'),
    ...variables,
    `${native}/qemu-exec`,
    `${native}/qemu-wait`,
  ]);
  return join(path, 'dist/qemu-launch.cjs');
}

test(
  'the unchanged executor passes the same way, so the tests above can tell',
  rootOnly,
  (context) => {
    const site = makeSite(context);
    const report = join(site.path, 'report');
    const launcher = installWith(site.path, 'none');
    const words = siteWords(site, 'run', '--report', report, '--', '/bin/true');
    assert.equal(spawnSync(process.execPath, [launcher, ...words], { cwd: '/' }).status, 0);
    assert.equal(JSON.parse(readFileSync(report, 'utf8')).verified, true);
  },
);

test('what is killed before it becomes QEMU is never called verified', rootOnly, (context) => {
  const site = makeSite(context);
  const report = join(site.path, 'report');
  const words = siteWords(site, 'run', '--report', report, '--', '/bin/true');
  // The second execve of the child is the emulator's: the first one made it qemu-exec.
  const trace = [
    '-f',
    '-o',
    join(site.path, 'trace'),
    '-e',
    'trace=execve',
    '-e',
    'inject=execve:signal=KILL:when=2',
  ];
  const { status, stderr } = spawnSync(
    'strace',
    [...trace, process.execPath, launcherPath, ...words],
    { encoding: 'utf8', cwd: '/' },
  );
  assert.equal(existsSync(report), false, `${status} ${stderr}`);
});
