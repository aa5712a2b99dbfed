import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasHeader, printHeader } from '../../src/generate/header.ts';
import { payloadOf, targets } from '../support/provision.ts';

test('every installed file of every target is known again, but for those that may have no comment', () => {
  for (const target of targets) {
    for (const { destination, role, name, text } of payloadOf(target.id, undefined, 'etc').files) {
      const isBare = !target.commentsOk && (role === 'sysusers' || role === 'members');
      if (destination !== null) assert.equal(hasHeader(text), !isBare, `${target.id} ${name}`);
    }
  }
});

test('only the first line counts, and only as a whole', () => {
  const line = `# ${printHeader('1.2.3', 'fedora-44')}\n`;
  assert.equal(hasHeader(line), true);
  for (const text of [`\n${line}`, `#${line}`, line.slice(0, -1), line.replace('checked', '')])
    assert.equal(hasHeader(text), false, text);
});
