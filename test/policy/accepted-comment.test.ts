import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { payloadOf, policyOf, writePayload } from '../support/provision.ts';
import { isRoot, makeScratch, rounds } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const alphabet = ' ()+,-./0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

function policyWith(comment: string): string {
  return `user: {comment: ${JSON.stringify(comment)}}\n`;
}

function isAccepted(comment: string): boolean {
  try {
    return policyOf('fedora-44', policyWith(comment)).policy.user.comment === comment;
  } catch {
    return false;
  }
}

test('a comment holds these characters and no others', () => {
  const others = ['\u2028', '\u202e', '\ufeff', '\ufffd', '０', '日', '\ud800', '😀'];
  const known = Array.from({ length: 0x250 }, (_, code) => String.fromCharCode(code));
  const all = [...known, ...others];
  assert.equal(all.filter((char) => isAccepted(`a${char}a`)).join(''), alphabet);
  assert.equal(all.filter(isAccepted).join(''), alphabet.replace(/[^A-Za-z0-9]/g, ''));
});

const comments = fc
  .array(fc.constantFrom(...alphabet), { maxLength: 99 })
  .map((chars) => `q${chars.join('')}`);

function forAll(check: (comment: string) => void): void {
  fc.assert(fc.property(comments, check), {
    includeErrorInReport: true,
    numRuns: rounds(12, 300),
    examples: [['q" $(id)'.replaceAll(/["$]/g, '')], ['q,,,'], ['q  - (a@b.c)+/_ ']],
  });
}

test('an accepted comment stands in the account files alone', () => {
  const own =
    /^(virt-privileges\.sysusers|virt-privileges-(accounts|preamble)\.inc|manifest\.json)$/;
  const others = (id: string, comment: string) =>
    payloadOf(id, policyWith(comment)).files.filter(({ name }) => !own.test(name));
  forAll((comment) => {
    for (const id of ['fedora-21', 'fedora-44', 'opensuse-leap-16', 'debian-11', 'debian-13'])
      assert.deepEqual(others(id, comment), others(id, 'plain'));
  });
});

/** The spec as rpm reads it. */
function readSpec(context: TestContext, id: string, comment: string): string {
  const sources = writePayload(makeScratch(context), payloadOf(id, policyWith(comment)));
  const spec = join(sources, 'virt-privileges-host.spec');
  const words = ['--define', `_sourcedir ${sources}`, '-P', spec];
  const { status, stdout, stderr } = runTool('rpmspec', words);
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
}

// There are no accounts yet, useradd says what it is called with, and no real tool can be reached.
const stubs = `getent() { return 1; }
groupadd() { :; }
usermod() { :; }
useradd() { printf '%s\\n' "$@"; }
`;

function runAlone(script: string) {
  const options = { input: `${stubs}${script}`, env: { PATH: '/nonexistent' } };
  return runTool('/bin/sh', ['-eu'], options);
}

for (const id of ['fedora-21', 'fedora-41', 'debian-12']) {
  test(`${id}: %pre gives useradd the very comment`, needs('rpmspec'), (context) => {
    forAll((comment) => {
      const spec = readSpec(context, id, comment);
      const pre = spec.split('\n%pre\n')[1]?.split('\n%post\n')[0] ?? '';
      assert.equal(runTool('sh', ['-n'], { input: pre }).stderr, '');
      const { status, stdout, stderr } = runAlone(pre);
      assert.deepEqual([status, stderr], [0, '']);
      const words = stdout.split('\n');
      // -r, six options with a value, the name; nothing came apart.
      assert.deepEqual([words[words.indexOf('-c') + 1], words.length], [comment, 15]);
    });
  });
}

test(
  'fedora-44: rpm reads every Provides that carries the comment',
  needs('rpmspec'),
  (context) => {
    forAll((comment) => {
      const text = readSpec(context, 'fedora-44', comment);
      assert.match(text, /^%post$/m);
      const line = payloadOf('fedora-44', policyWith(comment)).files.find(
        ({ name }) => name === 'virt-privileges-preamble.inc',
      )?.text;
      const [, encoded = ''] = /user\(qemu\) = (\S+)/.exec(line ?? '') ?? [];
      assert.match(encoded, /^[A-Za-z0-9+]+$/);
      assert.ok(Buffer.from(encoded, 'base64').toString().includes(` "${comment}" `));
    });
  },
);

const withSysusers = isRoot ? needs('systemd-sysusers') : { skip: 'needs root' };

test('systemd-sysusers gives the user the very comment', withSysusers, (context) => {
  forAll((comment) => {
    const root = makeScratch(context);
    mkdirSync(join(root, 'etc'));
    const payload = payloadOf('fedora-41', policyWith(comment));
    const file = payload.files.find(({ name }) => name === 'virt-privileges.sysusers');
    writeFileSync(join(root, 'accounts.conf'), file?.text ?? '');
    const words = [`--root=${root}`, join(root, 'accounts.conf')];
    assert.equal(runTool('systemd-sysusers', words).status, 0);
    const passwd = readFileSync(join(root, 'etc/passwd'), 'utf8');
    assert.equal(passwd, `qemu:x:107:107:${comment}:/:/usr/sbin/nologin\n`);
  });
});
