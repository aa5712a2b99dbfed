import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { recordOf } from '../../support/claims.ts';
import {
  call,
  launcherPath,
  makeDisk,
  makeSite,
  ownerOf,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { compile } from '../../support/program.ts';
import { rootOnly } from '../../support/scratch.ts';

const leaderless = `
#include <pthread.h>
#include <unistd.h>
static void *work(void *unused) { sleep(60); return unused; }
int main(void) {
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	pthread_exit(NULL);
}
`;

test('a process whose first thread has ended still runs', rootOnly, async (context) => {
  const site = makeSite(context);
  const disk = makeDisk(site);
  const program = compile(`${site.path}/emulator`, leaderless);
  const words = siteWords(site, 'run', '--name', 'x', '--', program, '-hda', disk);
  const launcher = spawn(process.execPath, [launcherPath, ...words], { cwd: '/', stdio: 'ignore' });
  context.after(() => launcher.kill('SIGKILL'));
  for (let tries = 0; tries < 500; tries++) {
    const pid = recordOf(site, 'x')?.pid ?? null;
    if (pid !== null && /^State:\s+Z/m.test(readStatus(pid))) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.deepEqual(ownerOf(disk), target, 'it was not taken away from under the other thread');
  launcher.kill('SIGKILL');
  await once(launcher, 'close');
});

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
