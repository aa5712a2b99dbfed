import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sharedArchives } from '../../support/archives.ts';
import { canBuild, runBuild, sharedTree, version } from '../../support/package-build.ts';
import { makeScratch, projectRoot } from '../../support/scratch.ts';
import { runTool } from '../../support/tool.ts';

test(
  'the installed programs find their files, and generate what the package was made from',
  canBuild,
  async (context) => {
    const [root, scratch] = [await sharedTree(), makeScratch(context)];
    chmodSync(scratch, 0o711);
    const call = (program: string, ...words: readonly string[]) =>
      runTool(join(root, 'usr/bin', program), words);
    assert.equal(call('provision', '--version').stdout, `provision ${version}\n`);
    assert.equal(call('qemu-launch', '--version').stdout, `qemu-launch ${version}\n`);
    const out = join(scratch, 'generated');
    const policy = join(projectRoot, 'rpm/policy.yaml');
    const made = call('provision', 'generate', '--target', 'all', '--policy', policy, '--out', out);
    assert.equal(made.status, 0, made.stderr);
    const archives = await sharedArchives();
    for (const name of readdirSync(archives).filter((each) => each.endsWith('.inc')))
      assert.equal(
        readFileSync(join(out, name), 'utf8'),
        readFileSync(join(archives, name), 'utf8'),
      );
    const places = ['--state-dir', join(scratch, 'state'), '--run-dir', join(scratch, 'run')];
    const words = [
      'run',
      '--user',
      '+34567',
      '--group',
      '+45678',
      ...places,
      '--',
      '/usr/bin/id',
      '-u',
    ];
    const run = call('qemu-launch', ...words);
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, '34567\n', '']);
  },
);

test(
  'a fragment that is not what the build generates stops the build',
  canBuild,
  async (context) => {
    const [sources, top] = [makeScratch(context), makeScratch(context)];
    cpSync(await sharedArchives(), sources, { recursive: true });
    appendFileSync(join(sources, 'virt-privileges-device.inc'), 'true\n');
    const { status, stderr } = runBuild(sources, top, '-bc');
    assert.equal(status, 1);
    assert.match(stderr, /cmp: EOF on .*virt-privileges-device\.inc/);
  },
);
