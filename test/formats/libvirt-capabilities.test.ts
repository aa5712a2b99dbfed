import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLibvirtCapabilities } from '../../src/formats/libvirt-capabilities.ts';

const models = `
    <secmodel>
      <model>apparmor</model>
      <doi>0</doi>
    </secmodel>
    <secmodel>
      <model>dac</model>
      <doi>0</doi>
      <baselabel type='kvm'>+64055:+107</baselabel>
      <baselabel type='qemu'>+64055:+107</baselabel>
    </secmodel>`;
const guest = `
  <guest>
    <os_type>hvm</os_type>
    <arch name='x86_64'>
      <domain type='qemu'/>
      <domain type='kvm'/>
    </arch>
    <arch name='i686'><domain type='qemu'/></arch>
  </guest>`;

for (const [name, xml, identity, domainTypes] of [
  ['the label of dac', models + guest, { uid: 64055, gid: 107 }, ['qemu', 'kvm']],
  ['no guests', models, { uid: 64055, gid: 107 }, []],
  [
    'root',
    "<secmodel><model>dac</model><baselabel type='kvm'>+0:+0</baselabel></secmodel>",
    { uid: 0, gid: 0 },
    [],
  ],
  [
    'a label of another model',
    "<secmodel><model>selinux</model><baselabel type='kvm'>+1:+2</baselabel></secmodel>",
    null,
    [],
  ],
  ['a model without a label', '<secmodel><model>dac</model></secmodel>', null, []],
  ['nothing', '', null, []],
] as const) {
  test(`virsh capabilities: ${name}`, () => {
    assert.deepEqual(parseLibvirtCapabilities(xml), { identity, domainTypes });
  });
}
