import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingsOf, pathsOf } from '../../support/qemu-args.ts';

for (const [line, ...paths] of [
  ['-incoming tcp:0:4444 -incoming defer -incoming rdma:h:1 -incoming vsock:1:2'],
  ['-incoming unix:/i', '/i socket rw created'],
  ['-incoming unix:a=b,c', '/vm/a=b,c socket rw created'],
  ['-incoming file:i,x', '/vm/i,x state ro'],
  ['-incoming file:/i,offset=0x1000', '/i state ro'],
  ['-incoming main,addr.transport=socket,addr.type=unix,addr.path=/i,,j', '/i,j socket rw created'],
  ['-incoming addr.transport=file,addr.filename=/i,addr.offset=1,channel-type=cpr', '/i state ro'],
  [
    '-incoming {"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"/i"}}',
    '/i socket rw created',
  ],
  [
    '-incoming {"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h","port":"1"}}',
  ],
  // No channel, so an address.
  ['-incoming unix:/addr.transport=file', '/addr.transport=file socket rw created'],
] as const) {
  test(`understood: ${line}`, () => {
    assert.deepEqual(pathsOf(line), paths);
    assert.deepEqual(findingsOf(line), []);
  });
}

const noCommand = 'VP_ARGUMENT_REFUSED -incoming: a command of the shell is not understood';

for (const [line, finding] of [
  ['-incoming exec:cat', noCommand],
  ['-incoming main,addr.transport=exec,addr.args.0=/bin/cat', noCommand],
  ['-incoming {"channel-type":"main","addr":{"transport":"exec","args":["/bin/cat"]}}', noCommand],
  ['-incoming unix:', 'VP_ARGUMENT_MALFORMED -incoming: the file name is empty'],
  [
    '-incoming {',
    'VP_ARGUMENT_MALFORMED -incoming: malformed JSON at character 2: expected a key in quotes',
  ],
] as const) {
  test(`refused: ${line}`, () => assert.deepEqual(findingsOf(line), [finding]));
}
