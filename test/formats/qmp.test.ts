import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findKvmAnswer, parseQmpMessages, printQmpCommand } from '../../src/formats/qmp.ts';

const greeting = '{"QMP": {"version": {"qemu": {"micro": 2}}, "capabilities": ["oob"]}}\r\n';
const done = '{"return": {}, "id": "capabilities"}\r\n';

test('a command is one line', () => {
  assert.equal(printQmpCommand('query-kvm', 'kvm'), '{"execute":"query-kvm","id":"kvm"}\n');
});

test('messages are whole lines; what is none is left out', () => {
  const text = `${greeting}noise\n[1]\nnull\n${done}{"half": `;
  const keys = parseQmpMessages(text).map((message) => Object.keys(message).join());
  assert.deepEqual(keys, ['QMP', '0', 'return,id']);
});

for (const [name, text, answer] of [
  ['none yet', greeting + done, null],
  ['half of it', `${greeting}{"return": {"enabled": true}, "id": "kvm"}`, null],
  ['yes', '{"return": {"enabled": true, "present": true}, "id": "kvm"}\n', { enabled: true }],
  ['no', '{"return": {"enabled": false, "present": true}, "id": "kvm"}\n', { enabled: false }],
  ['an error', '{"id": "kvm", "error": {"class": "GenericError"}}\n', { enabled: false }],
  ['something else', '{"id": "kvm", "return": {"enabled": "true"}}\n', { enabled: false }],
  ['the answer to another command', '{"return": {"enabled": true}, "id": "x"}\n', null],
] as const) {
  test(`query-kvm: ${name}`, () => {
    assert.deepEqual(findKvmAnswer(text, 'kvm'), answer);
  });
}
