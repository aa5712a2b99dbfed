import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areMarksValid, parseBootTime } from '../../src/formats/libvirt-marks.ts';

const boots = [1_795_420_731, 1_795_431_556];

const cases: readonly (readonly [string, string, string | null, boolean])[] = [
  ['a count of this boot', '1', '1795431556', true],
  ['a count of two guests', '2', '1795431556', true],
  ['a boot time that libvirt rounded up', '1', '1795431557', true],
  ['a boot time two seconds off', '1', '1795431554', true],
  ['the boot time of another clock', '1', '1795420731', true],
  ['another boot', '1', '1795431550', false],
  ['no boot time', '1', null, false],
  ['an empty boot time', '1', '', false],
  ['a boot time in words', '1', 'yesterday', false],
  ['a count of nobody', '0', '1795431556', false],
  ['a count that libvirt calls malformed', 'many', '1795431556', true],
];

for (const [what, references, timestamp, isValid] of cases) {
  test(`a file with ${what} is ${isValid ? '' : 'not '}in use by libvirt`, () => {
    assert.equal(areMarksValid(references, timestamp, boots), isValid);
  });
}

test('without any time of boot no mark is valid', () => {
  assert.equal(areMarksValid('1', '1795431556', []), false);
});

test('the time of boot stands in /proc/stat', () => {
  assert.equal(parseBootTime('cpu  1 2\nintr 5\nbtime 1795431556\nprocesses 7\n'), 1795431556);
  assert.equal(parseBootTime('cpu  1 2\n'), null);
});
