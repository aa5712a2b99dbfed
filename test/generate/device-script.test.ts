import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { payloadOf, textOf } from '../support/provision.ts';
import { makeScratch } from '../support/scratch.ts';
import { needsNamespaceAnd, runTool } from '../support/tool.ts';

const options = needsNamespaceAnd('sh');

interface Host {
  /** The chroot is the root of process 1, as on a host; false makes it look like a chroot. */
  readonly isWholeSystem: boolean;
  readonly reload: 0 | 1;
  readonly isContainer: boolean;
  readonly access?: string;
}
const host: Host = { isWholeSystem: true, reload: 0, isContainer: false };

/** Runs %post in a small root with a node of its own (0600 root:root) and a udevadm that only writes down. */
function runPost(context: TestContext, given: Partial<Host>): { calls: string; node: string } {
  const { isWholeSystem, reload, isContainer, access = 'world' } = { ...host, ...given };
  const root = makeRoot(context, reload, isContainer);
  const text = textOf(
    payloadOf('fedora-44', `kvm: {access: ${access}}\n`),
    'virt-privileges-device.inc',
  );
  // Without systemd's macros rpm leaves their lines out.
  const script = text.replace(/^%\{\?.*\}$/gm, '').replaceAll('%%', '%');
  writeFileSync(join(root, 'post.sh'), script);
  const unshare = isWholeSystem ? ['--mount', '--pid', '--fork'] : ['--mount'];
  const { status, stdout, stderr } = runTool('unshare', [...unshare, 'sh', '-c', mounts(root)]);
  assert.equal(status, 0, stderr);
  const log = join(root, 'calls');
  return { calls: existsSync(log) ? readFileSync(log, 'utf8') : '', node: stdout.trim() };
}

function mounts(root: string): string {
  return [
    'mount --make-rprivate /',
    `cd ${root}`,
    'mount --bind /usr usr',
    'mount -t proc none proc',
    'mount -t tmpfs none dev',
    'mknod -m 0600 dev/kvm c 10 232',
    'mknod -m 0666 dev/null c 1 3',
    `exec chroot . sh -c 'PATH=/stubs:/usr/sbin:/usr/bin; sh /post.sh || exit; stat -c %a:%u:%g /dev/kvm'`,
  ].join(' && ');
}

function makeRoot(context: TestContext, reload: number, isContainer: boolean): string {
  const root = makeScratch(context);
  for (const name of ['usr', 'etc', 'proc', 'dev', 'stubs']) mkdirSync(join(root, name));
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nkvm:x:36:\n');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  const udevadm = `echo "$*" >>/calls; [ "$1" != control ] || exit ${reload}`;
  writeFileSync(join(root, 'stubs/udevadm'), `#!/bin/sh\n${udevadm}\n`, { mode: 0o755 });
  const detect = `#!/bin/sh\nexit ${isContainer ? 0 : 1}\n`;
  writeFileSync(join(root, 'stubs/systemd-detect-virt'), detect, { mode: 0o755 });
  return root;
}

const calls = `control --reload
trigger --subsystem-match=misc --sysname-match=kvm --action=add
settle --timeout=10
`;

test(
  'a host: rules are reloaded and run; a node that stays wrong is put right',
  options,
  (context) => {
    assert.deepEqual(runPost(context, {}), { calls, node: '666:0:36' });
    assert.deepEqual(runPost(context, { access: 'group' }), { calls, node: '660:0:36' });
    assert.deepEqual(runPost(context, { access: 'uaccess' }), { calls, node: '660:0:36' });
  },
);

test('a chroot and a container: nothing is called, nothing is changed', options, (context) => {
  const untouched = { calls: '', node: '600:0:0' };
  assert.deepEqual(runPost(context, { isWholeSystem: false }), untouched);
  assert.deepEqual(runPost(context, { isContainer: true }), untouched);
});

test('no running udevd: nothing is changed', options, (context) => {
  assert.deepEqual(runPost(context, { reload: 1 }), {
    calls: 'control --reload\ncontrol --reload-rules\n',
    node: '600:0:0',
  });
});
