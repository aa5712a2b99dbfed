import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertHardened } from '../../support/hardening.ts';
import {
  canBuild,
  distroFlags,
  home,
  sharedPackages,
  sharedTree,
} from '../../support/package-build.ts';

test(
  'the native part is compiled with the flags of the distribution and with ours',
  canBuild,
  async () => {
    const { log } = await sharedPackages();
    const commands = log.split('\n').filter((line) => /^cc /.test(line));
    assert.equal(commands.length, 4);
    for (const command of commands) {
      assert.ok(command.includes(distroFlags.cflags), command);
      assert.match(command, /-fno-strict-aliasing/);
      // A level of ours would come later and lower the one of the distribution.
      assert.doesNotMatch(command, /_FORTIFY_SOURCE=2|-Werror /);
    }
    const linking = log.split('\n').filter((line) => line.includes(`${distroFlags.ldflags} -Wl,`));
    assert.equal(linking.length, 4);
    const root = await sharedTree();
    const programs = ['qemu-exec', 'qemu-wait', 'verify-exec'].map(
      (name) => `usr/libexec/virt-privileges/${name}`,
    );
    for (const file of [...programs, `${home}/dist/native/addon.node`])
      assertHardened(join(root, file));
  },
);
