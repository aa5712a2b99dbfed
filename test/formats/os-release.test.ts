import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOsRelease, targetId } from '../../src/formats/os-release.ts';

const releases: readonly (readonly [string, string | null])[] = [
  ['ID=fedora\nVERSION_ID=44\n', 'fedora-44'],
  ['ID=fedora\nVERSION_ID=46\nREDHAT_BUGZILLA_PRODUCT_VERSION=rawhide\n', 'rawhide'],
  ['ID=debian\nVERSION_ID="12"\n', 'debian-12'],
  ['PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n', 'debian-sid'],
  ['ID="rhel"\nVERSION_ID="9.4"\nID_LIKE="fedora"\n', 'rhel-9'],
  ['ID="centos"\nVERSION_ID="10"\nID_LIKE="rhel fedora"\n', 'centos-10'],
  ['ID="almalinux"\nVERSION_ID="9.5"\nID_LIKE="rhel centos fedora"\n', 'rhel-9'],
  ['ID="opensuse-tumbleweed"\nVERSION_ID="20261101"\n', 'opensuse-tumbleweed'],
  ["ID=ubuntu\nVERSION_ID='24.04'\nID_LIKE=debian\n", 'ubuntu-24.04'],
  ['ID=arch\n', 'arch'],
  ['', null],
];

for (const [text, expected] of releases) {
  test(`target of ${JSON.stringify(text)}`, () => {
    assert.equal(targetId(parseOsRelease(text)), expected);
  });
}

test('quotes, escapes, comments and stray lines', () => {
  const text = '# ID=no\n  A="a \\"b\\" \\$c"\nB=\'x\\y\'\nnot a line\nC=\nA2=1\nB=last\n';
  assert.deepEqual(parseOsRelease(text), { A: 'a "b" $c', B: 'last', C: '', A2: '1' });
});
