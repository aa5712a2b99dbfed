import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../../support/qemu-args.ts';

const huge = 1_000_000;
const sizes: readonly [string, readonly string[]][] = [
  [
    '10,000 drives',
    Array.from({ length: 20_000 }, (_, i) => (i % 2 ? `file=/d${i},format=raw` : '-drive')),
  ],
  ['10,000 arguments that name one path', Array(10_000).fill('/disk')],
  ['10,000 unknown paths', Array(10_000).fill(['-new', '/some/where']).flat()],
  ['a path of 1 MB', ['-hda', '/a'.repeat(huge / 2)]],
  ['a drive with 1 MB of commas', ['-drive', ','.repeat(huge)]],
  ['a drive with 200,000 keys', ['-drive', 'a=b,c/d,'.repeat(huge / 8)]],
  ['a dotted key of 1 MB', ['-drive', `${'a.'.repeat(huge / 2)}=x`]],
  ['many deep keys', ['-blockdev', `raw,${`${'a.'.repeat(1000)}b=x,`.repeat(500)}`]],
  ['JSON of 1 MB', ['-blockdev', `{"driver":"raw","x":[${'"/",'.repeat(huge / 4)}"/"]}`]],
  ['JSON nested too deep', ['-blockdev', '{"file":'.repeat(huge / 8)]],
  [
    'JSON nested as deep as may be',
    ['-blockdev', `${'{"driver":"raw","file":'.repeat(1023)}${'{}'.padEnd(1025, '}')}`],
  ],
  ['an option name of 1 MB', [`-${'x'.repeat(huge)}`, 'x/y']],
  ['a name of 100,000 prefixes', ['-hda', `${'blkdebug::'.repeat(huge / 10)}/a`]],
  ['a name of 1 MB of colons', ['-hda', `rbd:${':'.repeat(huge)}conf=/c`]],
  ['a name of 1 MB of escapes', ['-hda', `rbd:${'\\\\'.repeat(huge / 2)}:conf=/c`]],
  ['a JSON name of 1 MB', ['-hda', `json:{"driver":"raw","x":[${'"/",'.repeat(huge / 4)}"/"]}`]],
  ['a JSON name of deep keys', ['-hda', `json:{${deepKeys(500)}"driver":"raw"}`]],
  [
    'a quorum of 50,000 files',
    ['-hda', `json:{"driver":"quorum","children":[${quorumWords(50_000)}]}`],
  ],
  ['modules of 1 MB', ['-initrd', 'a,'.repeat(huge / 2)]],
  ['tables of 1 MB', ['-acpitable', `data=${'a:'.repeat(huge / 2)}`]],
  ['10,000 changes of one drive', ['-drive', 'id=d,file=/a,format=raw', ...setWords(10_000)]],
  ['images in slices of slices', sliceWords(40)],
  ['a chain of 5,000 nodes', Array.from({ length: 10_000 }, (_, i) => chainWord(i))],
];

function deepKeys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"${'a.'.repeat(900)}${i}":1,`).join('');
}

function quorumWords(count: number): string {
  return Array.from({ length: count }, (_, i) => `{"driver":"file","filename":"/${i}"}`).join();
}

function setWords(count: number): string[] {
  return Array.from({ length: count }, (_, i) => ['-set', `drive.d.serial=${i}`]).flat();
}

/** Each step doubles the ways to the file below. */
function sliceWords(steps: number): string[] {
  const raw = (i: number, offset: number) =>
    `driver=raw,node-name=r${i}-${offset},file=q${i},offset=${offset + 2 ** i}`;
  const quorum = (i: number) =>
    `driver=quorum,node-name=q${i + 1},children.0=r${i}-0,children.1=r${i}-1`;
  const nodes = Array.from({ length: steps }, (_, i) => [raw(i, 0), raw(i, 1), quorum(i)]).flat();
  const top = `driver=qcow2,node-name=top,file=q${steps}`;
  return ['driver=file,filename=/f,node-name=q0', ...nodes, top].flatMap((node) => [
    '-blockdev',
    node,
  ]);
}

function chainWord(index: number): string {
  if (index % 2 === 0) return '-blockdev';
  const node = (index - 1) / 2;
  return node === 0
    ? 'driver=file,filename=/f,node-name=n0'
    : `driver=raw,file=n${node - 1},node-name=n${node}`;
}

for (const [what, argv] of sizes) {
  test(`${what}: answered in time that grows with the size only`, () => {
    const started = process.cpuUsage().user;
    const { paths, findings } = parse(argv, [{ path: '/allowed', access: 'rw' }]);
    assert.ok(paths.length + findings.length > 0, 'something is said');
    assert.ok(process.cpuUsage().user - started < 5_000_000, 'it took too long');
    const isLong = findings.some(({ message }) => message.length > 5000);
    assert.ok(!isLong, 'a message quotes no more than one path');
  });
}
