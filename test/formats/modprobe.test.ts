import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBannedByKernel, parseModuleBans } from '../../src/formats/modprobe.ts';

for (const [text, bans] of [
  ['blacklist kvm_intel\n', ['1 kvm_intel']],
  ['# a comment\n\n\tblacklist   kvm-amd # and why\n', ['3 kvm_amd']],
  ['install kvm /bin/false\ninstall kvm_amd /usr/bin/true', ['1 kvm', '2 kvm_amd']],
  ['install kvm_intel false', ['1 kvm_intel']],
  ['install kvm /sbin/modprobe --ignore-install kvm', []],
  ['blacklist \\\n  kvm_intel\nblacklist kvm', ['1 kvm_intel', '3 kvm']],
  ['#blacklist kvm\n# \\\nblacklist kvm_amd', []],
  ['blacklist\ninstall\noptions kvm_intel nested=0\nalias a kvm', []],
  ['', []],
] as const) {
  test(`modprobe.d: ${JSON.stringify(text)}`, () => {
    const found = parseModuleBans(text).map(({ line, module }) => `${line} ${module}`);
    assert.deepEqual(found, bans);
  });
}

for (const [text, modules] of [
  ['quiet module_blacklist=kvm-intel,kvm ro\n', ['kvm_intel', 'kvm']],
  ['modprobe.blacklist=kvm_amd', ['kvm_amd']],
  ['modprobe.blacklist=a modprobe.blacklist=b', ['a', 'b']],
  ['my_module_blacklist=kvm xmodprobe.blacklist=kvm', []],
  ['module_blacklist= ro', []],
] as const) {
  test(`the kernel's command line: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseBannedByKernel(text), modules);
  });
}
