import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintPayload } from '../../../src/generate/lint/lint-payload.ts';
import type { PayloadFile } from '../../../src/generate/payload.ts';
import { payloadOf, target, targets } from '../../support/provision.ts';

for (const { id } of targets) {
  for (const access of ['world', 'group', 'uaccess']) {
    test(`${id}, access ${access}: no finding in what is generated`, () => {
      const payload = payloadOf(id, `kvm: {access: ${access}}\n`);
      assert.deepEqual(lintPayload(payload, target(id)), []);
    });
  }
}

test('the gate sees every kind of file that is installed', () => {
  const payload = payloadOf('fedora-44');
  const spoil = (file: PayloadFile): PayloadFile => {
    const text = ['udev-rule', 'sysusers', 'tmpfiles'].includes(file.role)
      ? 'nonsense\n'
      : file.text;
    return { ...file, text };
  };
  const files = payload.files.map(spoil);
  const found = lintPayload({ files }, target('fedora-44'));
  assert.deepEqual(
    found.map(({ path, line, severity, code }) => [path, line, severity, code]),
    [
      ['60-virt-privileges-kvm.rules', 1, 'error', 'VP_LINT_SYNTAX'],
      ['virt-privileges.sysusers', 1, 'error', 'VP_LINT_SYNTAX'],
      ['zz-virt-privileges-kvm.tmpfiles', 1, 'error', 'VP_LINT_SYNTAX'],
    ],
  );
});
