import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { knownOptions } from '../../../src/runtime/qemu-args/options.ts';
import { parseQemuArguments } from '../../../src/runtime/qemu-args/parse.ts';
import { rounds } from '../../support/scratch.ts';

const option = fc.constantFrom(...knownOptions()).map((name) => `-${name}`);
const pieces = fc.constantFrom(
  ...`driver= raw qcow2 file quorum blkdebug blkverify vvfat nvme nbd rbd luks null-co file= file.filename=
  file.driver= filename= node-name= id= backing= data-file= children. children.0= image= test= raw= x-image=
  config= dir= rw= server. server.path= path= abstract=on read-only=on auto-read-only= offset= if= format=
  media=cdrom snapshot=on share-rw= drive= kernel= accel=kvm: dir= qom-type= secret memory-backend-file
  mem-path= json: json:{ fat: fat:rw: blkdebug: blkverify: nbd:unix: nvme:// rbd: unix: file: exec: addr.transport=
  socket, main, tls-creds-x509, endpoint=server rom.bin /a /dev/fdset/1 . .. ... , ,, = : / \\ " ' { } [ ] true
  null 1 1e999 0x %d % n0 n1`.split(/\s+/),
  ' ',
  '\n',
  '\0',
  '\ufffd',
);
const value = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
const readConfig = (path: string) => `[drive "n0"]\nfile = "${path}"\n${path}`;

test('nothing that may stand among the arguments makes the parser fail', () => {
  const argv = fc.array(fc.oneof(option, value), { maxLength: 16 });
  const property = fc.property(argv, fc.boolean(), (given, isRead) => {
    const options = { directory: '/vm', allowed: [], ...(isRead ? { readConfig } : {}) };
    const { paths, findings } = parseQemuArguments(given, options);
    assert.ok(paths.every(({ path, from }) => path.startsWith('/') && from.length > 0));
    assert.equal(new Set(paths.map(({ path }) => path)).size, paths.length);
    assert.ok(findings.every(({ message, hint }) => message !== '' && hint !== ''));
  });
  fc.assert(property, { numRuns: rounds(500, 100_000) });
});

test('an image whose name holds anything is a path or a finding', () => {
  const property = fc.property(value, (name) => {
    const { paths, findings } = parseQemuArguments(['-hda', name], { directory: '/', allowed: [] });
    const isRemote = /^(?:nbd|rbd|null-co|nvme|json|blk|fat)/.test(name);
    assert.ok(paths.length + findings.length > 0 || isRemote, name);
  });
  fc.assert(property, { numRuns: rounds(500, 100_000) });
});
