import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handing } from '../../../src/runtime/qemu-args/handover.ts';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { brief, makeHost, words } from '../../support/qemu-args.ts';

const host = makeHost({ '/dev/hugepages': 'root', '/dev/shm': '', '/vm/h': 'root' });

function parse(line: string, handing: Handing = 'descriptors') {
  const nameOf = (name: string | null) => name ?? 'vm-7';
  return parseQemuArguments(words(line), { directory: '/vm', allowed: [], handing, host, nameOf });
}

const own = '/dev/hugepages/virt-privileges-vm-7';

for (const [given, rewritten, ...places] of [
  ['-mem-path /dev/hugepages -m 64', `-mem-path ${own} -m 64`, own],
  [
    '-name web -mem-path h',
    '-name web -mem-path /vm/h/virt-privileges-web',
    '/vm/h/virt-privileges-web',
  ],
  [
    '-object memory-backend-file,id=m,size=1G,mem-path=/dev/hugepages,share=on',
    `-object qom-type=memory-backend-file,id=m,size=1G,mem-path=${own},share=on`,
    own,
  ],
  [
    '-object {"qom-type":"memory-backend-file","id":"m","size":64,"mem-path":"/dev/hugepages","host-nodes":[0]}',
    `-object qom-type=memory-backend-file,id=m,size=64,mem-path=${own},host-nodes.0=0`,
    own,
  ],
] as const) {
  for (const handing of ['descriptors', 'persistent'] as const) {
    test(`QEMU gets a directory of its own (${handing}): ${given}`, () => {
      const { handed, paths, findings } = parse(given, handing);
      assert.deepEqual(findings, []);
      assert.equal(handed.argv.join(' '), rewritten);
      assert.deepEqual(handed.places, places);
      assert.deepEqual(
        paths.map(brief),
        places.map((path) => `${path} memory rw created`),
      );
    });
  }
}

for (const [line, handing] of [
  ['-mem-path /dev/hugepages', 'none'],
  ['-mem-path /dev/shm', 'descriptors'],
  ['-mem-path /dev/hugepages/file', 'descriptors'],
  ['-object memory-backend-file,id=m,size=1G,mem-path=/dev/shm/m', 'descriptors'],
  ['-object memory-backend-memfd,id=m,size=1G', 'descriptors'],
] as const) {
  test(`left to QEMU (${handing}): ${line}`, () => {
    const { handed } = parse(line, handing);
    assert.deepEqual([handed.argv, handed.places], [words(line), []]);
  });
}
