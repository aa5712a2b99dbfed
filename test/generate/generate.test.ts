import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { generatePayload } from '../../src/generate/generate.ts';
import type { Target } from '../../src/targets/target.ts';
import {
  target as findTarget,
  payloadOf,
  policyOf,
  targets,
  templates,
  textOf,
} from '../support/provision.ts';

/** The files of the promised interface, with what this target has besides. */
function namesOf({
  hasSysusers,
  rpmMacro,
  rulesFile,
  tmpfilesCompanion,
}: Target): readonly string[] {
  const parts = ['preamble', 'accounts', 'install', 'device', 'preun', 'postun', 'files'];
  return [
    'virt-privileges.sysusers',
    'virt-privileges-members.sysusers',
    rulesFile,
    ...(tmpfilesCompanion ? ['zz-virt-privileges-kvm.tmpfiles'] : []),
    ...(hasSysusers
      ? ['virt-privileges-recover.service', 'virt-privileges.preset', 'qemu-vm@.service']
      : []),
    'qemu.conf',
    ...parts.map((part) => `virt-privileges-${part}.inc`),
    'virt-privileges-host.spec',
    ...(rpmMacro === null ? debian.map((name) => `debian/${name}`) : []),
    'manifest.json',
  ];
}

const debian = [
  'changelog',
  'control',
  'copyright',
  'rules',
  'source/format',
  'virt-privileges-host.postinst',
  'virt-privileges-host.prerm',
];

for (const target of targets) {
  const { id } = target;
  test(`${id}: the files of the promised interface`, () => {
    const payload = payloadOf(id);
    assert.deepEqual(
      payload.files.map(({ name }) => name),
      namesOf(target),
    );
    assert.deepEqual([payload.target, payload.layout], [id, 'usr']);
    for (const { name, mode, text } of payload.files) {
      assert.equal(mode, name === 'debian/rules' ? '0755' : '0644');
      assert.match(text, /[^\n]\n$/);
      assert.doesNotMatch(text, /undefined|null,$|\[object|\r|#DEVICE#/);
    }
  });

  test(`${id}: the first line says how the file was made, where it can`, () => {
    const header = `# made by provision generate 1.2.3 for ${id}; may be checked in`;
    for (const { name, text } of payloadOf(id).files) {
      const lines = text.split('\n');
      const line = text.startsWith('#!') ? lines[1] : lines[0];
      assert.equal(line === header, !isBare(name, target), name);
    }
  });

  test(`${id}: the same input gives the same bytes`, () => {
    assert.deepEqual(payloadOf(id), payloadOf(id));
  });
}

/** JSON, a changelog and a number have no comments, and some rpm chokes on those of sysusers.d. */
function isBare(name: string, { commentsOk }: Target): boolean {
  if (name.endsWith('.sysusers')) return !commentsOk;
  return /^(manifest\.json|debian\/(changelog|copyright|source\/format))$/.test(name);
}

const destinations = {
  usr: [
    '/usr/lib/sysusers.d/virt-privileges.conf',
    '/usr/lib/sysusers.d/zz-virt-privileges-members.conf',
    '/usr/lib/udev/rules.d/60-virt-privileges-kvm.rules',
    '/usr/lib/tmpfiles.d/zz-virt-privileges-kvm.conf',
    '/usr/lib/systemd/system/virt-privileges-recover.service',
    '/usr/lib/systemd/system-preset/80-virt-privileges.preset',
    '/usr/lib/systemd/system/qemu-vm@.service',
  ],
  etc: [
    '/etc/sysusers.d/virt-privileges.conf',
    '/etc/sysusers.d/zz-virt-privileges-members.conf',
    '/etc/udev/rules.d/60-virt-privileges-kvm.rules',
    '/etc/tmpfiles.d/zz-virt-privileges-kvm.conf',
  ],
} as const;

for (const layout of ['usr', 'etc'] as const) {
  test(`layout ${layout}: where files are installed`, () => {
    const found = payloadOf('debian-12', undefined, layout).files.map(
      ({ destination }) => destination,
    );
    const installed = destinations[layout].length;
    assert.deepEqual(found.slice(0, installed), destinations[layout]);
    assert.deepEqual(new Set(found.slice(installed)), new Set([null]));
  });
}

test('layout etc: the spec keeps what the administrator changed', () => {
  const text = textOf(payloadOf('debian-12', undefined, 'etc'), 'virt-privileges-files.inc');
  assert.match(
    text,
    /^%config\(noreplace\) %\{_sysconfdir\}\/udev\/rules\.d\/60-virt-privileges-kvm\.rules$/m,
  );
});

test('sysusers files without comments where the target chokes on them', () => {
  const payload = payloadOf('fedora-41');
  assert.equal(
    textOf(payload, 'virt-privileges.sysusers'),
    'g kvm 36\ng qemu 107\nu qemu 107:qemu "qemu user" - -\n',
  );
  assert.equal(textOf(payload, 'virt-privileges-members.sysusers'), 'm qemu kvm\n');
});

test('free ids, another home, and a user whose group is kvm', () => {
  const text = 'user: {uid: null}\ngroup: {name: kvm, gid: null}\n';
  const payload = payloadOf('debian-12', text);
  assert.deepEqual(textOf(payload, 'virt-privileges.sysusers').split('\n').slice(1), [
    'g kvm -',
    'u libvirt-qemu -:kvm "Libvirt Qemu" /var/lib/libvirt -',
    '',
  ]);
  const script = textOf(payload, 'virt-privileges-accounts.inc');
  assert.equal(script.match(/groupadd/g)?.length, 1);
  assert.match(script, /^ {2}useradd -r -g kvm -G kvm -d \/var\/lib\/libvirt /m);
});

test('qemu.conf: every key of the policy, in order', () => {
  const text = `qemu_conf: { max_files: 4096, namespaces: [], cgroup_device_acl: [/dev/null, /dev/kvm], security_driver: none }\n`;
  const lines = textOf(payloadOf('fedora-44', text), 'qemu.conf').split('\n');
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('#')),
    [
      'user = "qemu"',
      'group = "qemu"',
      'dynamic_ownership = 1',
      'max_files = 4096',
      'namespaces = []',
      'cgroup_device_acl = [ "/dev/null", "/dev/kvm" ]',
      'security_driver = "none"',
      '',
    ],
  );
});

test('the manifest names every other file with its hash', () => {
  const payload = payloadOf('fedora-44', undefined, 'etc');
  const manifest = JSON.parse(textOf(payload, 'manifest.json'));
  const { files, policy, ...rest } = manifest;
  const generator = { name: 'provision generate', version: '1.2.3' };
  const made = { target: 'fedora-44', layout: 'etc', delivery: 'include' };
  assert.deepEqual(rest, { version: 1, generator, ...made });
  assert.match(policy.sha256, /^[0-9a-f]{64}$/);
  const expected = payload.files.slice(0, -1).map(({ text, ...file }) => {
    return { ...file, sha256: createHash('sha256').update(text).digest('hex') };
  });
  assert.deepEqual(files, expected);
});

test('equal policies have one hash, different ones two', () => {
  const hash = (text?: string) =>
    JSON.parse(textOf(payloadOf('fedora-44', text), 'manifest.json')).policy.sha256;
  assert.equal(hash(), hash('kvm: {access: world}\nuser: {uid: 107}\n'));
  assert.notEqual(hash(), hash('user: {uid: 108}\n'));
});

const options = { layout: 'usr', delivery: 'include', version: '1.2.3' } as const;

// Nothing that a policy file can say gets this far: these values come from a program's mistake.
for (const comment of ['a\nu evil 0 "" / /bin/sh', 'a\u0000', 'a\u2028b']) {
  test(`a hostile value is refused by the templates: ${JSON.stringify(comment)}`, () => {
    const { policy } = policyOf('fedora-44');
    const hostile = { ...policy, user: { ...policy.user, comment } };
    const choice = { policy: hostile, target: findTarget('fedora-44') };
    assert.throws(() => generatePayload(choice, templates, options), {
      code: 'VP_TEMPLATE',
      message: /^template sysusers\/accounts\.conf\.ejs: line \d: a value has a line break/,
    });
  });
}

test('a version with a dash becomes one that rpm accepts', () => {
  const choice = { policy: policyOf('fedora-44').policy, target: findTarget('fedora-44') };
  const payload = generatePayload(choice, templates, { ...options, version: '1.2.3-rc.1' });
  assert.match(textOf(payload, 'virt-privileges-host.spec'), /^Version: {8}1\.2\.3~rc\.1$/m);
});

test('an account is locked only where the target’s rpm and systemd know how', () => {
  const locked = targets.filter(({ id }) => {
    return textOf(payloadOf(id), 'virt-privileges.sysusers').includes('\nu! ');
  });
  const known = ['fedora-42', 'fedora-43', 'fedora-44', 'fedora-45', 'rawhide'];
  const elsewhere = ['debian-13', 'debian-sid', 'ubuntu-25.10', 'ubuntu-26.04'];
  assert.deepEqual(
    locked.map(({ id }) => id),
    [...known, ...elsewhere],
  );
});

test('a line for the membership is not packaged where rpmbuild would fail on it', () => {
  const shipped = (id: string) =>
    /members/.test(textOf(payloadOf(id), 'virt-privileges-files.inc'));
  assert.deepEqual([shipped('fedora-39'), shipped('fedora-40')], [false, true]);
});
