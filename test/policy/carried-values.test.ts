import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQemuConf, stringSetting } from '../../src/formats/qemu-conf.ts';
import { needsLibvirt, parseWithLibvirt, refusedByLens } from '../support/libvirt.ts';
import { payloadOf, textOf } from '../support/provision.ts';

const values = [
  '%{lua:os.execute("id")}'.replaceAll('"', "'"),
  '%post',
  '100%',
  '$(touch /tmp/x)',
  '`id`',
  '; user = root',
  "it's",
  '# no comment',
  'ünïcödé 日本',
  '-1',
  ']',
  '<%= v.user %>',
  '$& $1 $$',
  'x'.repeat(5000),
];

function policyWith(value: string): string {
  return `qemu_conf: {vnc_listen: ${JSON.stringify(value)}}\n`;
}

function otherFiles(id: string, value: string): readonly string[] {
  const { files } = payloadOf(id, policyWith(value));
  const isOther = (name: string) => name !== 'qemu.conf' && name !== 'manifest.json';
  return files.filter(({ name }) => isOther(name)).map(({ name, text }) => `${name}: ${text}`);
}

for (const value of values) {
  test(`a qemu.conf value does harm nowhere: ${value.slice(0, 30)}`, () => {
    for (const id of ['fedora-41', 'fedora-44', 'opensuse-tumbleweed', 'debian-11', 'debian-13']) {
      assert.deepEqual(otherFiles(id, value), otherFiles(id, 'plain'));
      const conf = parseQemuConf(
        textOf(payloadOf(id, policyWith(value)), 'qemu.conf'),
        'qemu.conf',
      );
      assert.equal(conf.entries.length, 4);
      assert.equal(stringSetting(conf, 'vnc_listen'), value);
    }
  });
}

test('libvirt and its lens read the same values', needsLibvirt('trixie'), (context) => {
  const texts = values.map((value) => {
    return latin1(textOf(payloadOf('debian-13', policyWith(value)), 'qemu.conf'));
  });
  const read = parseWithLibvirt(context, 'trixie', texts);
  for (const [index, value] of values.entries())
    assert.equal(read[index]?.split('vnc_listen=')[1], `"${Buffer.from(value).toString('hex')}"`);
  assert.deepEqual(refusedByLens(context, 'trixie', texts), []);
});

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
