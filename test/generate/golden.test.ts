import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PayloadFile } from '../../src/generate/payload.ts';
import { payloadOf, targets } from '../support/provision.ts';
import { projectRoot } from '../support/scratch.ts';

// After a wanted change: VIRT_PRIVILEGES_GOLDEN=write node --test build/test/generate/golden.test.js
const isWriting = process.env['VIRT_PRIVILEGES_GOLDEN'] === 'write';

function show({ name, role, mode, destination, text }: PayloadFile): string {
  return `==== ${name} (${role}, ${mode}, ${destination ?? 'not installed'})\n${text}`;
}

for (const { id } of targets) {
  for (const access of ['world', 'group', 'uaccess']) {
    test(`${id}, access ${access}: every byte as reviewed`, () => {
      const file = join(projectRoot, `test/golden/payload/${id}-${access}.txt`);
      const text = payloadOf(id, `kvm: {access: ${access}}\n`).files.map(show).join('');
      if (isWriting) writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'));
    });
  }
}
