import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeFormat } from '../../../src/runtime/images/probe.ts';
import { isReferring } from '../../../src/runtime/images/references.ts';
import { imageOf } from '../../support/qemu-img.ts';

test('what QEMU would take bytes for, where that can name other files', () => {
  const cases: Readonly<Record<string, string | null>> = {
    'QFI\xfb\0\0\0\x01': 'qcow',
    'QFI\xfb\0\0\0\x02': 'qcow2',
    'QFI\xfb\0\0\0\x03': 'qcow2',
    'QFI\xfb\0\0\0\x09': 'qcow2',
    'QFI\xfb\0\0\0\0': null,
    'QFI\xfb': null,
    'QED\0': 'qed',
    vhdxfile: 'vhdx',
    KDMV: 'vmdk',
    COWD: 'vmdk',
    'version=1\n': 'vmdk',
    '# Disk DescriptorFile\n  \r\n#\nversion=3\r\n': 'vmdk',
    '\nversion=1\n': null,
    'version=4\n': null,
    '# version=1\n': null,
    'LUKS\xba\xbe': null,
    '': null,
  };
  for (const [text, format] of Object.entries(cases)) {
    assert.equal(probeFormat(imageOf(Buffer.from(text, 'latin1'))), format, JSON.stringify(text));
  }
});

test('only images of these formats are opened', () => {
  const formats = 'raw luks vdi vpc parallels dmg bochs cloop toString __proto__'.split(' ');
  assert.deepEqual(formats.filter(isReferring), []);
  assert.deepEqual(
    'qcow qcow2 qed vmdk vhdx'.split(' ').filter((each) => !isReferring(each)),
    [],
  );
});
