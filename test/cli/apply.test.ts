import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTree, writeBelow } from '../support/host.ts';
import { runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const fresh = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\ndaemon:x:1:\nkvm:x:104:\n',
};

const plan = `+ group libvirt-qemu (gid 64055)
+ user libvirt-qemu (uid 64055, group libvirt-qemu)
+ membership libvirt-qemu/kvm
+ file /etc/sysusers.d/virt-privileges.conf (mode 0644)
+ file /etc/sysusers.d/zz-virt-privileges-members.conf (mode 0644)
+ file /etc/udev/rules.d/60-virt-privileges-kvm.rules (mode 0644)
+ file /etc/tmpfiles.d/zz-virt-privileges-kvm.conf (mode 0644)
+ conf /etc/libvirt/qemu.conf (user = "libvirt-qemu", group = "libvirt-qemu", dynamic_ownership = 1)
8 to create, 0 to update
`;

/** Every file below a directory with everything that a change would show in. */
function snapshot(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .sort()
    .map((path) => {
      const stat = lstatSync(join(directory, path), { bigint: true });
      const content = stat.isFile() ? readFileSync(join(directory, path), 'latin1') : '';
      return [path, stat.ino, stat.mode, stat.uid, stat.gid, stat.mtimeNs, content].join(' ');
    });
}

function applied(context: TestContext, files: Readonly<Record<string, string>> = fresh): string {
  const root = makeTree(context, files);
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 0, stderr);
  return root;
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

test('apply makes a fresh Debian as planned; status asks the same', rootOnly, (context) => {
  const root = makeTree(context, fresh);
  const before = snapshot(root);
  const dry = runProvision('apply', '--dry-run', '--root', root);
  assert.deepEqual(dry, { exitCode: 0, stdout: plan, stderr: '' });
  assert.deepEqual(runProvision('status', '--root', root), { ...dry, exitCode: 3 });
  assert.deepEqual(snapshot(root), before, 'a dry run and a question change nothing');
  assert.deepEqual(runProvision('apply', '--root', root), {
    exitCode: 0,
    stdout: plan,
    stderr: 'provision: info: 8 changes made and read back\n',
  });
  assert.match(read(root, 'etc/passwd'), /^libvirt-qemu:x:64055:64055:Libvirt Qemu:/m);
  assert.match(read(root, 'etc/group'), /^kvm:x:104:libvirt-qemu\n/m);
  assert.match(read(root, 'etc/udev/rules.d/60-virt-privileges-kvm.rules'), /KERNEL=="kvm"/);
  assert.match(read(root, 'etc/libvirt/qemu.conf'), /^user = "libvirt-qemu"$/m);
  assert.equal(statSync(join(root, 'etc/libvirt/qemu.conf')).mode & 0o7777, 0o600);
  assert.equal(statSync(join(root, 'etc/udev')).mode & 0o7777, 0o755);
});

test('status --only asks what apply --only made', rootOnly, (context) => {
  const root = makeTree(context, fresh);
  const words = ['--only', 'device', '--set', 'kvm.access=world', '--root', root];
  assert.equal(runProvision('status', ...words).exitCode, 3);
  const { exitCode, stderr } = runProvision('apply', ...words);
  assert.equal(exitCode, 0, stderr);
  assert.equal(runProvision('status', ...words).exitCode, 0);
  assert.equal(runProvision('status', '--root', root).exitCode, 3);
});

test('one change is one', rootOnly, (context) => {
  const root = applied(context);
  rmSync(join(root, 'etc/udev/rules.d/60-virt-privileges-kvm.rules'));
  const { stderr } = runProvision('apply', '--root', root);
  assert.equal(stderr, 'provision: info: 1 change made and read back\n');
});

test('a second apply changes no byte and no time', rootOnly, (context) => {
  const root = applied(context);
  const before = snapshot(root);
  const nothing = { exitCode: 0, stdout: 'no changes\n', stderr: '' };
  assert.deepEqual(runProvision('apply', '--root', root), nothing);
  assert.deepEqual(runProvision('apply', '--detailed-exitcode', '--root', root), nothing);
  assert.deepEqual(runProvision('status', '--root', root), nothing);
  assert.deepEqual(snapshot(root), before);
});

test('the exit status says more only when asked', rootOnly, (context) => {
  const root = makeTree(context, fresh);
  const only = ['apply', '--detailed-exitcode', '--only', 'device', '--root', root];
  assert.equal(runProvision(...only, '--dry-run').exitCode, 3);
  assert.equal(runProvision(...only).exitCode, 3);
  assert.equal(runProvision(...only).exitCode, 0);
  assert.equal(runProvision('status', '--root', root).exitCode, 3);
});

test('the document of apply and status', rootOnly, (context) => {
  const root = makeTree(context, fresh);
  const { stdout, stderr } = runProvision('apply', '--json', '--only', 'accounts', '--root', root);
  const document = JSON.parse(stdout);
  assert.equal(stderr, '');
  const { version, target, changed, findings } = document;
  assert.deepEqual(
    { version, target, root: document.root, changed, findings },
    { version: 1, target: 'debian-12', root, changed: true, findings: [] },
  );
  assert.deepEqual(document.changes.slice(0, 3), [
    {
      kind: 'group',
      id: 'kvm',
      action: 'none',
      before: { gid: 104 },
      after: { gid: 104 },
      done: true,
    },
    {
      kind: 'group',
      id: 'libvirt-qemu',
      action: 'create',
      before: null,
      after: { gid: 64055 },
      done: true,
    },
    {
      kind: 'user',
      id: 'libvirt-qemu',
      action: 'create',
      before: null,
      after: { uid: 64055, group: 'libvirt-qemu' },
      done: true,
    },
  ]);
  const status = JSON.parse(runProvision('status', '--json', '--root', root).stdout);
  assert.equal(status.changed, true);
  assert.deepEqual(Object.keys(status.changes.at(-1)), [
    'kind',
    'id',
    'action',
    'before',
    'after',
    'done',
  ]);
  assert.equal(status.changes.at(-1).done, false);
});

test('an image without anything gets everything', rootOnly, (context) => {
  const root = makeTree(context);
  const { exitCode, stderr } = runProvision('apply', '--target', 'fedora-44', '--root', root);
  assert.equal(exitCode, 0, stderr);
  assert.match(read(root, 'etc/passwd'), /^qemu:x:107:107:qemu user:/);
  assert.equal(runProvision('status', '--target', 'fedora-44', '--root', root).exitCode, 0);
});

test('qemu.conf is edited in place and keeps its owner and mode', rootOnly, (context) => {
  const text = '# mine\r\nuser = "root" # old\r\n#group = "kvm"\r\nvnc_password = "x"';
  const root = makeTree(context, { ...fresh, 'etc/libvirt/qemu.conf': text });
  chownSync(join(root, 'etc/libvirt/qemu.conf'), 12, 34);
  chmodSync(join(root, 'etc/libvirt/qemu.conf'), 0o640);
  const { stdout } = runProvision('apply', '--only', 'qemu-conf', '--root', root);
  assert.equal(
    stdout,
    '~ conf /etc/libvirt/qemu.conf (user = "libvirt-qemu" (was "root"), group = "libvirt-qemu", dynamic_ownership = 1)\n0 to create, 1 to update\n',
  );
  assert.equal(
    read(root, 'etc/libvirt/qemu.conf'),
    '# mine\r\nuser = "libvirt-qemu" # old\r\n#group = "kvm"\r\ngroup = "libvirt-qemu"\r\nvnc_password = "x"\r\ndynamic_ownership = 1\r\n',
  );
  const { uid, gid, mode } = statSync(join(root, 'etc/libvirt/qemu.conf'));
  assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o640]);
});

test(
  'the root’s own policy file counts, and one that is given counts more',
  rootOnly,
  (context) => {
    const root = makeTree(context, {
      ...fresh,
      'etc/virt-privileges/policy.yaml': 'user: { uid: 500 }\n',
      'other.yaml': 'user: { uid: 501 }\n',
    });
    const origins = (...words: readonly string[]) => {
      const { stdout } = runProvision('policy', '--json', '--root', root, ...words);
      const { policy, origins: all } = JSON.parse(stdout);
      return [policy.user.uid, all['user.uid'], all['user.name']];
    };
    const own = join(root, 'etc/virt-privileges/policy.yaml');
    assert.deepEqual(origins(), [500, `${own}:1`, 'target debian-12']);
    const other = join(root, 'other.yaml');
    assert.deepEqual(origins('--policy', other), [501, `${other}:1`, 'target debian-12']);
  },
);

test('existing accounts are kept and said aloud', rootOnly, (context) => {
  const root = makeTree(context, fresh);
  writeBelow(root, 'etc/passwd', `${fresh['etc/passwd']}libvirt-qemu:x:200:104::/:/bin/sh\n`);
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 0);
  assert.match(
    stderr,
    /^provision: warning: user libvirt-qemu has uid 200, the policy says 64055/m,
  );
  assert.match(read(root, 'etc/passwd'), /^libvirt-qemu:x:200:104:/m);
});
