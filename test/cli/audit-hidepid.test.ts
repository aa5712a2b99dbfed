import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { startLines, withOwnProc } from '../support/own-proc.ts';
import { programFile } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const group = 45678;
const asPlainUser = `setpriv --reuid 34567 --regid ${group} --clear-groups "$1" "$2" audit --json`;
const hides = 'the mount option hidepid of /proc hides the processes of other users';

for (const options of ['hidepid=1', 'hidepid=2', 'hidepid=4', `hidepid=4,gid=${group}`]) {
  test(`${options}: a plain user is told that he does not see all`, rootOnly, (context) => {
    const program = copyProgram(context);
    const mount = `mount -t proc -o ${options} proc /proc`;
    const script = `${startLines('hidden')}${mount}\n${asPlainUser}`;
    const { status, stdout, stderr } = withOwnProc(script, process.execPath, program);
    assert.deepEqual([status, stderr], [4, '']);
    const { processes, complete, verdict, findings } = JSON.parse(stdout);
    assert.deepEqual([processes, complete, verdict], [[], false, 'warn']);
    assert.equal(findings[0].message, hides);
  });
}

for (const options of ['hidepid=0', 'hidepid=1', 'hidepid=2', 'hidepid=4', 'subset=pid']) {
  test(`${options} means nothing to root`, rootOnly, () => {
    const mount = `mount -t proc -o ${options} proc /proc`;
    const script = `${startLines('hidden')}${mount}\n"$1" "$2" audit --json`;
    const { status, stdout, stderr } = withOwnProc(script, process.execPath, programFile);
    assert.deepEqual([status, stderr], [3, '']);
    const { processes, complete } = JSON.parse(stdout);
    assert.deepEqual([complete, processes.length, processes[0].guest], [true, 1, 'hidden']);
  });
}

for (const options of ['hidepid=0', `hidepid=1,gid=${group}`, `hidepid=2,gid=${group}`]) {
  test(
    `${options}: a plain user sees the QEMU of another one, and that he does not see all of it`,
    rootOnly,
    (context) => {
      const program = copyProgram(context);
      const mount = `mount -t proc -o ${options} proc /proc`;
      const script = `${startLines('hidden')}${mount}\n${asPlainUser}`;
      const { status, stdout, stderr } = withOwnProc(script, process.execPath, program);
      assert.deepEqual([status, stderr], [3, '']);
      const { processes, complete, findings } = JSON.parse(stdout);
      const [{ guest, exe, foundBy, files, unread, uid }] = processes;
      assert.deepEqual(
        [complete, guest, exe, foundBy, files, uid],
        [false, 'hidden', null, 'process-name', null, 0],
      );
      assert.deepEqual(
        unread.map(({ what }: { what: string }) => what),
        ['program', 'user-namespace', 'files'],
      );
      assert.notEqual(findings[0].message, hides);
    },
  );
}
