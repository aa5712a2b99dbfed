import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountProvides } from '../../src/generate/account-provides.ts';

const texts = (sysusers: string) => accountProvides(sysusers).map(({ text }) => text);

// These strings were read from a package that rpm 4.20.1 and 6.1.0 built from the same lines, but for
// the last two: rpm has the line in the first of them.
test('the Provides are those that rpm itself writes, the membership after the user', () => {
  const sysusers =
    '# a comment\ng kvm 36\ng qemu 107\nu qemu 107:qemu "qemu user" - -\nm qemu kvm\n';
  assert.deepEqual(texts(sysusers), [
    'group(kvm) = ZyBrdm0gMzYA',
    'group(qemu) = ZyBxZW11IDEwNwAA',
    'group(qemu)',
    'user(qemu) = dSBxZW11IDEwNzpxZW11ICJxZW11IHVzZXIiIC0gLQAA',
    'groupmember(qemu/kvm)',
    'user(qemu/kvm) = bSBxZW11IGt2bQAA',
  ]);
});

test('a line whose base64 has a slash is refused with the reason', () => {
  const line = 'u qemu 107:qemu "why???" - -';
  assert.throws(() => accountProvides(`g kvm 36\n${line}\n`), {
    code: 'VP_POLICY_INVALID',
    message: `rpm cannot carry the sysusers line '${line}'`,
    hint: 'its base64 has a /, which no rpm version may have: change the comment of the user',
  });
});

test('each version decodes to its line and NULs, and is a legal rpm version', () => {
  const comment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,._()@+/-]{0,99}$/);
  const property = fc.property(comment, (text) => {
    const line = `u qemu 107:qemu "${text}" - -`;
    const version = texts(`${line}\n`)[1]?.split(' = ')[1] ?? '';
    assert.match(version, /^[A-Za-z0-9+]+$/);
    const bytes = Buffer.from(version, 'base64').toString('utf8');
    assert.equal(bytes.replace(/\0{0,2}$/, ''), line);
  });
  fc.assert(property);
});
