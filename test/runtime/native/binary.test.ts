import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertHardened } from '../../support/hardening.ts';
import { projectRoot } from '../../support/scratch.ts';

const addon = join(projectRoot, 'dist/native/addon.node');
const executor = join(projectRoot, 'dist/native/qemu-exec');
const waiter = join(projectRoot, 'dist/native/qemu-wait');

function run(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8' });
}

test('the addon asks Node for functions of Node-API version 8 only, so one file loads in Node 20 to 26', () => {
  const { symbols } = createRequire(import.meta.url)('node-api-headers') as {
    symbols: Record<string, { node_api_symbols: string[]; js_native_api_symbols: string[] }>;
  };
  const eight = symbols['v8'];
  const known = new Set([
    ...(eight?.node_api_symbols ?? []),
    ...(eight?.js_native_api_symbols ?? []),
  ]);
  const asked = [...run('nm', '-D', '--undefined-only', addon).matchAll(/\bU (napi_\w+)/g)].map(
    ([, name]) => name ?? '',
  );
  assert.ok(asked.length > 10);
  assert.deepEqual(
    asked.filter((name) => !known.has(name)),
    [],
  );
});

for (const file of [addon, executor, waiter]) {
  test(`${file.split('/').at(-1)} is hardened`, () => {
    assertHardened(file);
  });
}

for (const program of [executor, waiter]) {
  test(`${program.split('/').at(-1)} is position independent`, () => {
    assert.match(run('readelf', '-hW', program), /Type:\s+DYN/);
  });
}

test('called by hand, qemu-exec says that it is not for that', () => {
  const { status, stderr } = spawnSync(executor, [], { encoding: 'utf8' });
  assert.deepEqual(
    [status, stderr],
    [2, 'qemu-launch: error: qemu-exec performs plans of qemu-launch and is not called by hand\n'],
  );
});

for (const words of [
  [],
  ['1'],
  ['0', '/bin/true'],
  ['1x', '/bin/true'],
  ['4294967296', '/bin/true'],
]) {
  test(`nor is qemu-wait: ${words.join(' ')}`, () => {
    const { status, stderr } = spawnSync(waiter, words, { encoding: 'utf8' });
    assert.deepEqual(
      [status, stderr],
      [2, 'qemu-launch: error: qemu-wait is a part of qemu-launch and is not called by hand\n'],
    );
  });
}
