import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { test } from 'node:test';
import { describeProgram, type ReadBytes } from '../../src/formats/program.ts';
import { rounds } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

function readFile(path: string): { readonly read: ReadBytes; readonly close: () => void } {
  const descriptor = openSync(path, 'r');
  const read: ReadBytes = (offset, length) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
  };
  return { read, close: () => closeSync(descriptor) };
}

function of(bytes: Uint8Array): ReadBytes {
  return (offset, length) => bytes.subarray(offset, offset + length);
}

for (const path of ['/bin/true', '/usr/bin/qemu-system-x86_64', process.execPath]) {
  test(`readelf says the same of ${path}`, needs('readelf'), (context) => {
    const { stdout } = runTool('readelf', ['-ld', path]);
    if (stdout === '') {
      context.skip(`there is no ${path}`);
      return;
    }
    const file = readFile(path);
    context.after(file.close);
    assert.deepEqual(describeProgram(file.read), {
      kind: 'elf',
      interpreter: /interpreter: (\S+)\]/.exec(stdout)?.[1],
      libraries: [...stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name),
    });
  });
}

const other = { kind: 'other', interpreter: null, libraries: [] };
const texts = [
  ['#!/bin/sh\n', { ...other, kind: 'script', interpreter: '/bin/sh' }],
  ['#! /usr/bin/env -S python3 -I\nx', { ...other, kind: 'script', interpreter: '/usr/bin/env' }],
  ['#!\n', { ...other, kind: 'script' }],
  ['', other],
  ['\x7fELF', other],
  ['\x7fELF\x01', other],
  ['echo', other],
] as const;

for (const [text, expected] of texts) {
  test(`${JSON.stringify(text)} is ${expected.kind}`, () => {
    assert.deepEqual(describeProgram(of(Buffer.from(text, 'latin1'))), expected);
  });
}

test('a damaged program is told from a whole one, and never read without end', (context) => {
  const file = readFile('/bin/true');
  context.after(file.close);
  const whole = Buffer.from(file.read(0, 1 << 20));
  for (let round = 0; round < rounds(300, 20_000); round++) {
    const bytes = Buffer.from(whole.subarray(0, round % 7 === 0 ? round % 900 : undefined));
    for (let change = 0; change <= round % 3; change++)
      bytes[(round * 131 + change * 977) % 900] = (round * 31 + change) % 256;
    const { kind } = describeProgram(of(bytes));
    assert.ok(kind === 'elf' || kind === 'other' || kind === 'script');
  }
});
