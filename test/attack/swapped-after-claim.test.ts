import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, renameSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  launcherPath,
  listReports,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  type Site,
  siteWords,
  target,
} from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { compile } from '../support/program.ts';
import { rootOnly } from '../support/scratch.ts';

/** In QEMU's place: opens its disk each time that it is told to, and says which error that gave. */
const source = `
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
int main(int count, char **words)
{
	const char *disk = "";
	for (int i = 1; i + 1 < count; i++)
		if (strcmp(words[i], "-hda") == 0)
			disk = words[i + 1];
	do {
		printf("%d\\n", open(disk, O_RDWR) < 0 ? errno : 0);
		fflush(stdout);
	} while (getchar() != EOF);
	return 0;
}
`;

const denied = 13;
const hasLandlock = native.landlockVersion() > 0;
const options = hasLandlock ? rootOnly : { skip: 'this kernel has no Landlock' };

/** What Anna puts in her disk's place once it was given. */
const swaps: Readonly<Record<string, (disk: string, neighbour: string) => void>> = {
  'a link to another VM’s disk': (disk, neighbour) => symlinkSync(neighbour, disk),
  'a hard link to another VM’s disk': (disk, neighbour) => linkSync(neighbour, disk),
  'another VM’s disk itself': (disk, neighbour) => renameSync(neighbour, disk),
};

/** The errors of opening the disk before and after the swap. */
async function openTwice(
  context: TestContext,
  site: Site,
  options: readonly string[],
  swap: (disk: string, neighbour: string) => void,
): Promise<readonly number[]> {
  makeDirectory(`${site.path}/anna`, 0o755, owner);
  const disk = makeDisk(site, 'anna/disk.raw');
  const neighbour = makeDisk(site, 'neighbour.raw', target);
  const program = compile(`${site.path}/emulator`, source);
  const words = siteWords(site, 'run', ...options, '--', program, '-hda', disk);
  const launcher = spawn(process.execPath, [launcherPath, ...words], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  context.after(() => launcher.kill('SIGKILL'));
  const ended = once(launcher, 'close');
  const lines = createInterface(launcher.stdout)[Symbol.asyncIterator]();
  const first = (await lines.next()).value;
  // Before that it would be ended: what it has open bears a name that no argument gave it.
  while (listReports(site)[0]?.verified !== true && launcher.exitCode === null) await sleep(10);
  renameSync(disk, `${disk}.away`);
  swap(disk, neighbour);
  launcher.stdin.write('\n');
  const second = (await lines.next()).value;
  launcher.stdin.end();
  await ended;
  return [Number(first), Number(second)];
}

for (const [what, swap] of Object.entries(swaps)) {
  test(`QEMU cannot open ${what} that was put in its own one’s place`, options, async (context) => {
    assert.deepEqual(await openTwice(context, makeSite(context), [], swap), [0, denied]);
  });
}

test(
  'control: without Landlock it can, where both belong to its user',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const swap = swaps['a link to another VM’s disk'] ?? assert.fail();
    assert.deepEqual(await openTwice(context, site, ['--landlock', 'off'], swap), [0, 0]);
  },
);
