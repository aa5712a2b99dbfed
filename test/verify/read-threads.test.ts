import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDifferingThreads } from '../../src/verify/judge-restrictions.ts';
import { awaitValue, factsOfPid, startProgram } from '../support/emulators.ts';
import { judge, lineOf } from '../support/judged-process.ts';
import { compile } from '../support/program.ts';
import { makeScratch, rootOnly } from '../support/scratch.ts';

const keeper = `
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <linux/capability.h>
static void *stay(void *unused) { pause(); return unused; }
int main(int count, char **words) {
  pthread_t thread;
  pthread_create(&thread, 0, stay, 0);
  struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  syscall(SYS_setresuid, 34567, 34567, 34567);
  syscall(SYS_capset, &header, none);
  puts("ready");
  fflush(stdout);
  if (count > 1 && words[1][0] == 'e') pthread_exit(0);
  pause();
}
`;

test('a thread that kept its capabilities fails its process', rootOnly, async (context) => {
  const program = compile(join(makeScratch(context), 'qemu-system-keeper'), keeper);
  const child = startProgram(context, [program]);
  await awaitValue(() => child.stdout?.read() ?? undefined);
  const { facts, verdict, codes } = judge(factsOfPid(child.pid ?? 0));
  assert.equal(verdict, 'fail');
  assert.equal(facts.status.uid[1], 34567);
  assert.match(facts.status.capEff, /^0{16}$/);
  assert.deepEqual(codes.slice(0, 3), ['VP_AUDIT_ROOT', 'VP_AUDIT_GROUP', 'VP_AUDIT_CAPABILITY']);
  assert.equal(facts.threads.length, 2);
  const [differing] = findDifferingThreads(facts);
  assert.deepEqual(differing?.lines, ['Uid', 'CapPrm', 'CapEff']);
});

test('a process whose first thread has ended is no zombie', rootOnly, async (context) => {
  const program = compile(join(makeScratch(context), 'qemu-system-headless'), keeper);
  const child = startProgram(context, [program, 'exit']);
  const pid = child.pid ?? 0;
  await awaitValue(() => (lineOf(pid, 'State').startsWith('Z') ? true : undefined));
  const { facts, verdict } = judge(factsOfPid(pid));
  assert.deepEqual([facts.program, facts.status.state, verdict], [program, 'Z', 'fail']);
});
