import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { rootOnly } from '../../support/scratch.ts';
import { openSecret, perform } from './executor.ts';

const list = ['/bin/sh', '-c', 'cd /proc/$$/fd && for n in [4-9]; do echo $n; done; head -c 6 <&7'];

test('only the descriptors that the plan keeps reach the program', rootOnly, () => {
  const secret = openSecret();
  const shells = openSync('/etc/shells', 'r');
  const { step, stdout } = perform(
    { argv: list, kept: [7] },
    { descriptors: [secret, shells, secret] },
  );
  closeSync(secret);
  closeSync(shells);
  assert.deepEqual([step, stdout], [null, '7\n# /etc']);
});

test('a descriptor that is to be kept and is not open ends the launch', rootOnly, () => {
  const { step, exitStatus, stdout } = perform({ argv: list, kept: [7] });
  assert.deepEqual([step, exitStatus, stdout], ['descriptors', 125, '']);
});
