import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { compile } from './program.ts';
import { makeScratch } from './scratch.ts';

// Takes what the first word says and says so, then holds it until its input ends.
const source = `
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
	struct flock byte = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
	int file = open(words[2], O_RDWR);
	char end;
	signal(SIGIO, SIG_IGN);
	if (strcmp(words[1], "metadata") == 0 ? fcntl(file, F_SETLK, &byte) != 0 :
	    fcntl(file, F_SETLEASE, F_WRLCK) != 0)
		return 1;
	puts("held");
	fflush(stdout);
	return count == 3 && read(0, &end, 1) < 0;
}
`;

export type Hold = 'metadata' | 'lease';

/** A program that takes libvirt's metadata lock as libvirt does, or a lease of the whole file. */
export function makeHolder(context: TestContext): string {
  return compile(`${makeScratch(context)}/holder`, source);
}

/** Whether it gets the lock now, and lets it go again at once. */
export function canHold(holder: string, hold: Hold, path: string): boolean {
  return spawnSync(holder, [hold, path], { input: '' }).status === 0;
}

/** Holds it until the returned function has been awaited. */
export async function holdFile(
  context: TestContext,
  holder: string,
  hold: Hold,
  path: string,
): Promise<() => Promise<void>> {
  const child: ChildProcess = spawn(holder, [hold, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return async () => {
    child.stdin?.end();
    await once(child, 'exit');
  };
}
