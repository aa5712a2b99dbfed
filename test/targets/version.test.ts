import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isVersionWithin, normaliseVersion } from '../../src/targets/version.ts';

const normalised: readonly (readonly [string, string])[] = [
  ['259', '259.0.0'],
  ['4.20', '4.20.0'],
  ['4.19.1.1', '4.19.1'],
  ['6.0.1', '6.0.1'],
  ['1:257.13-1~deb13u1', '257.13.0'],
  ['4.18.0+dfsg-1', '4.18.0'],
  ['4.13.0~rc1', '4.13.0-rc.1'],
  ['4.13.0-rc2', '4.13.0-rc.2'],
  ['4.13rc', '4.13.0-rc.0'],
  ['245~rc1-2', '245.0.0-rc.1'],
  ['007.08', '7.8.0'],
];

for (const [version, expected] of normalised) {
  test(`version ${version} is ${expected}`, () =>
    assert.equal(normaliseVersion(version), expected));
}

for (const version of ['', 'abc', '4.x', 'v4', '4..1', '-1', '4.1.', ' 4']) {
  test(`'${version}' is no version`, () => {
    assert.throws(() => normaliseVersion(version), {
      code: 'VP_INTERNAL',
      message: `'${version}' is not a version`,
    });
  });
}

const within: readonly (readonly [string, string, boolean])[] = [
  ['4.19.1.1', '>=4.19.0', true],
  ['4.19.0', '>=4.19.0 <4.19.1', true],
  ['4.19.1.1', '>=4.19.0 <4.19.1', false],
  ['4.18.0', '>=4.19.0', false],
  ['10.0', '>=9.0.0', true],
  ['4.19.0~rc1', '>=4.19.0', false],
  ['4.19.0~rc1', '<4.19.0', true],
  ['259', '*', true],
];

for (const [version, range, expected] of within) {
  test(`${version} is ${expected ? '' : 'not '}within ${range}`, () => {
    assert.equal(isVersionWithin(version, range), expected);
  });
}

test('a range that is none is refused', () => {
  assert.throws(() => isVersionWithin('1', 'newer'), {
    message: "'newer' is not a range of versions",
  });
});
