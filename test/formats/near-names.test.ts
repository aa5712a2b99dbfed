import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearNames } from '../../src/formats/near-names.ts';

const known = ['debian-12', 'debian-13', 'fedora-41', 'fedora-44', 'opensuse-tumbleweed'];

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['fedora-40', ['fedora-41', 'fedora-44']],
  ['Fedora-44', ['fedora-44', 'fedora-41']],
  ['fedora44', ['fedora-44', 'fedora-41']],
  ['debain-12', ['debian-12', 'debian-13']],
  ['fedora', ['fedora-41', 'fedora-44']],
  ['opensuse-tumblweed', ['opensuse-tumbleweed']],
  ['windows', []],
  ['', []],
  ['x'.repeat(100_000), []],
];

for (const [name, expected] of cases) {
  test(`near '${name.slice(0, 20)}'`, () => assert.deepEqual(nearNames(name, known), expected));
}
