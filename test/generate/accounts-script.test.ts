import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { payloadOf, textOf } from '../support/provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needsNamespaceAnd, runTool } from '../support/tool.ts';

const options = needsNamespaceAnd('useradd');

interface Before {
  readonly passwd?: string;
  readonly group?: string;
}

/** Runs the text of %pre where /etc is a private copy with these accounts; returns the new lines. */
function runPre(context: TestContext, id: string, before: Before = {}): readonly string[] {
  const scratch = makeScratch(context);
  const etc = join(scratch, 'etc');
  cpSync('/etc', etc, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => isWanted(path),
  });
  const root = 'root:x:0:0:root:/root:/bin/sh\n';
  writeFileSync(join(etc, 'passwd'), `${root}${before.passwd ?? ''}`);
  writeFileSync(join(etc, 'group'), `root:x:0:\n${before.group ?? ''}`);
  writeFileSync(join(etc, 'shadow'), 'root:*:1::::::\n');
  writeFileSync(join(etc, 'gshadow'), 'root:*::\n');
  writeFileSync(join(etc, 'nsswitch.conf'), 'passwd: files\ngroup: files\nshadow: files\n');
  const script = join(scratch, 'pre.sh');
  writeFileSync(
    script,
    textOf(payloadOf(id), 'virt-privileges-accounts.inc').replaceAll('%%', '%'),
  );
  runPrivately(etc, script);
  return newLines(etc, before);
}

// What account tools read; the rest of /etc may be large.
function isWanted(path: string): boolean {
  return /^\/etc(|\/(login\.defs|pam\.d(\/.*)?|default(\/.*)?|ld\.so.*|security(\/.*)?))$/.test(
    path,
  );
}

// lastlog and faillog in /var/log are covered too: useradd writes them.
function runPrivately(etc: string, script: string): void {
  const steps = [
    'mount --make-rprivate /',
    `mount --bind ${etc} /etc`,
    'mount -t tmpfs none /var/log',
  ];
  const command = [...steps, `exec sh -e ${script}`].join(' && ');
  const { status, stderr } = runTool('unshare', ['--mount', 'sh', '-c', command]);
  assert.equal(status, 0, stderr);
}

function newLines(etc: string, before: Before): readonly string[] {
  const known = new Set(`${before.passwd ?? ''}${before.group ?? ''}`.split('\n'));
  return ['passwd', 'group']
    .flatMap((name) => readFileSync(join(etc, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && !line.startsWith('root:') && !known.has(line));
}

test('fedora-41: a clean system gets the soft-static ids', options, (context) => {
  assert.deepEqual(runPre(context, 'fedora-41'), [
    'qemu:x:107:107:qemu user:/:/sbin/nologin',
    'kvm:x:36:qemu',
    'qemu:x:107:',
  ]);
});

test('debian-12: Debian’s own names, ids and home', options, (context) => {
  assert.deepEqual(runPre(context, 'debian-12', { group: 'kvm:x:107:\n' }), [
    'libvirt-qemu:x:64055:64055:Libvirt Qemu:/var/lib/libvirt:/usr/sbin/nologin',
    'kvm:x:107:libvirt-qemu',
    'libvirt-qemu:x:64055:',
  ]);
});

test('a gid that is taken gives another one and no failure', options, (context) => {
  const [user, kvm, group] = runPre(context, 'fedora-41', { group: 'other:x:107:\nkvm:x:36:\n' });
  assert.match(user ?? '', /^qemu:x:107:\d+:qemu user:/);
  assert.equal(kvm, 'kvm:x:36:qemu');
  assert.match(group ?? '', /^qemu:x:(?!107:)\d+:$/);
});

test('a uid that is taken gives another one and no failure', options, (context) => {
  const lines = runPre(context, 'fedora-41', { passwd: 'other:x:107:0::/:/bin/sh\n' });
  assert.match(lines[0] ?? '', /^qemu:x:(?!107:)\d+:107:qemu user:/);
});

test('accounts that exist are taken as they are, but for the membership', options, (context) => {
  const passwd = 'qemu:x:300:301:mine:/:/bin/sh\n';
  const before = { passwd, group: 'qemu:x:301:\nkvm:x:5:other\n' };
  assert.deepEqual(runPre(context, 'fedora-41', before), ['kvm:x:5:other,qemu']);
  const member = { passwd, group: 'qemu:x:301:\nkvm:x:5:qemu\n' };
  assert.deepEqual(runPre(context, 'fedora-41', member), []);
  const primary = { passwd: passwd.replace('301', '5'), group: 'qemu:x:301:\nkvm:x:5:\n' };
  assert.deepEqual(runPre(context, 'fedora-41', primary), []);
});

test('a second run changes nothing', options, (context) => {
  const [passwd = '', ...groups] = runPre(context, 'fedora-41');
  const before = { passwd: `${passwd}\n`, group: `${groups.join('\n')}\n` };
  assert.deepEqual(runPre(context, 'fedora-41', before), []);
});
