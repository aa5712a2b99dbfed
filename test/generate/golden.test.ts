import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Payload, PayloadFile } from '../../src/generate/payload.ts';
import { payloadOf, targets, unionOf } from '../support/provision.ts';
import { projectRoot } from '../support/scratch.ts';

// After a wanted change: VIRT_PRIVILEGES_GOLDEN=write node --test build/test/generate/golden.test.js
const isWriting = process.env['VIRT_PRIVILEGES_GOLDEN'] === 'write';
const directory = join(projectRoot, 'test/golden/payload');

/** Every byte but the manifest's hashes; the target's own name is left out, so that equals are equal. */
function show({ target, files }: Payload): string {
  const shown = files.filter(({ role }) => role !== 'manifest').map(showFile);
  return shown.join('').replaceAll(new RegExp(` for ${target}(?=[;.])`, 'g'), ' for TARGET');
}

function showFile({ name, role, mode, destination, text }: PayloadFile): string {
  return `==== ${name} (${role}, ${mode}, ${destination ?? 'not installed'})\n${text}`;
}

/** Texts under the name of the first target that has each, and which name every target's text has. */
function collect() {
  const [texts, index] = [new Map<string, string>(), [] as string[]];
  for (const access of ['world', 'group', 'uaccess']) {
    const policy = `kvm: {access: ${access}}\n`;
    for (const { id } of targets) add(`${id}-${access}`, show(payloadOf(id, policy)));
    add(`all-${access}`, show(unionOf(policy)));
  }
  add('fedora-44-specpart', show(payloadOf('fedora-44', undefined, 'usr', 'specpart')));
  add('fedora-44-etc', show(payloadOf('fedora-44', undefined, 'etc')));
  return { texts: new Map([...texts].map(([text, name]) => [`${name}.txt`, text])), index };

  function add(name: string, text: string): void {
    if (!texts.has(text)) texts.set(text, name);
    index.push(`${name} ${texts.get(text)}.txt`);
  }
}

const { texts, index } = collect();
const expected = new Map([...texts, ['index.txt', `${index.join('\n')}\n`]]);

if (isWriting) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of expected) writeFileSync(join(directory, name), text);
}

test('there is a golden text for each distinct payload and no other', () => {
  assert.deepEqual(readdirSync(directory).sort(), [...expected.keys()].sort());
});

for (const [name, text] of expected) {
  test(`${name}: every byte as reviewed`, () => {
    assert.equal(text, readFileSync(join(directory, name), 'utf8'));
  });
}
