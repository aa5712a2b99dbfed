import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { makeDisk, makeSite, target } from '../support/launcher.ts';
import { addDisk, runGuest } from '../support/real-guest.ts';
import { rootOnly } from '../support/scratch.ts';

// Held at its first instruction: that of s390x ends by itself when it finds nothing to boot.
const others = [
  { architecture: 'aarch64', words: ['-M', 'virt', '-cpu', 'cortex-a57'] },
  { architecture: 'riscv64', words: ['-M', 'virt'] },
  // Its firmware gives up at once where there is nothing to boot, and ends QEMU.
  { architecture: 's390x', words: ['-M', 's390-ccw-virtio', '-no-shutdown'] },
  { architecture: 'ppc64', words: ['-M', 'pseries', '-m', '256'] },
];

for (const { architecture, words } of others) {
  const program = `/usr/bin/qemu-system-${architecture}`;
  const skip = rootOnly.skip || (existsSync(program) ? false : `needs ${program}`);
  test(`the emulator of ${architecture} runs in its cell, and its neighbour’s image stays shut`, {
    skip,
  }, async (context) => {
    const site = makeSite(context);
    const neighbour = makeDisk(site, 'neighbour.raw', target);
    const { status, stderr, errors } = await runGuest(site, {
      emulator: program,
      words: [...words, '-S', '-accel', 'tcg', '-pidfile', `${site.run}/vm/pid`],
      options: ['--landlock', 'require'],
      isReady: () => existsSync(`${site.run}/vm/pid`),
      commands: [addDisk(neighbour, 'n')],
    });
    assert.deepEqual(
      [status, errors],
      [0, [`Could not open '${neighbour}': Permission denied`]],
      stderr,
    );
  });
}
