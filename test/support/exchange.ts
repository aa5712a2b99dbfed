import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { compile } from './program.ts';

const source = `
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
	unsigned int id = (unsigned int)atoi(words[1]);
	if (count != 4 || setgid(id) != 0 || setuid(id) != 0) return 1;
	if (renameat2(AT_FDCWD, words[2], AT_FDCWD, words[3], RENAME_EXCHANGE) != 0) return 2;
	puts("started");
	fflush(stdout);
	while (renameat2(AT_FDCWD, words[2], AT_FDCWD, words[3], RENAME_EXCHANGE) == 0);
	return 3;
}
`;

/** Somebody who exchanges two names of theirs without a pause, until `use` is done. */
export async function whileExchanging(
  scratch: string,
  uid: number,
  names: readonly [string, string],
  use: () => void | Promise<void>,
): Promise<void> {
  const program = compile(`${scratch}/exchange`, source);
  const attacker = spawn(program, [String(uid), ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(attacker.stdout, 'data');
  try {
    await use();
    if (attacker.exitCode !== null) throw new Error(`the attacker gave up: ${attacker.exitCode}`);
  } finally {
    await end(attacker);
  }
}

async function end(attacker: ChildProcess): Promise<void> {
  if (attacker.exitCode !== null) return;
  const ended = once(attacker, 'close');
  attacker.kill('SIGKILL');
  await ended;
}
