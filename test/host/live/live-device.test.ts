import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTree } from '../../support/host.ts';
import { programFile, type Run, run } from '../../support/run-provision.ts';
import { projectRoot, rootOnly } from '../../support/scratch.ts';

const files = {
  'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nqemu:x:107:107::/:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nkvm:x:36:qemu\nqemu:x:107:\n',
};

/*
 * A running system of the test's own: the machine's programs, but /etc, /var, /root, /dev and /run are private,
 * there is no /sys and no udev, and everything goes away with the namespace.
 */
const enter = `
set -e
new=$1; project=$2; shift 2
for place in /*; do
  name=\${place#/}
  case $name in dev|etc|lost+found|proc|root|run|sys|tmp|var) continue ;; esac
  if [ -L "$place" ]; then cp -P "$place" "$new/$name"
  elif [ -d "$place" ]; then mkdir "$new/$name"; mount --rbind "$place" "$new/$name"; fi
done
mkdir -p "$new/proc" "$new/run" "$new/dev" "$new$project"
mount --bind "$project" "$new$project"
mount -t proc proc "$new/proc"
mount -t tmpfs tmpfs "$new/dev"
mknod -m 666 "$new/dev/null" c 1 3
mknod -m 666 "$new/dev/urandom" c 1 9
[ -n "$NO_NODE" ] || mknod -m 600 "$new/dev/kvm" c 10 232
[ -z "$CONTAINER" ] || touch "$new/run/.containerenv"
exec chroot "$new" /bin/sh -ec "$1"
`;

function runLive(context: TestContext, script: string, setting = 'PLAIN=1'): Run {
  const root = makeTree(context, files);
  mkdirSync(join(root, 'tmp'));
  const unshare = ['--mount', '--pid', '--fork', '--propagation', 'private'];
  const inside = script.replaceAll('PROVISION', `${process.execPath} ${programFile}`);
  return run('env', [
    setting,
    'unshare',
    ...unshare,
    'sh',
    '-c',
    enter,
    'sh',
    root,
    projectRoot,
    inside,
  ]);
}

const isPossible = run('unshare', ['--mount', '--pid', '--fork', 'true']).exitCode === 0;
const options = isPossible ? rootOnly : { skip: 'needs a mount namespace' };

test('without udev the live node is set directly and read back', options, (context) => {
  const script =
    'PROVISION apply --only device; stat -c "%a %U:%G" /dev/kvm; PROVISION status --json';
  const { stdout, stderr } = runLive(context, script);
  assert.match(stdout, /^~ device \/dev\/kvm \(0:root 0600 -> 0:kvm 0666\)$/m, stderr);
  assert.match(stdout, /^666 root:kvm$/m);
  assert.match(stdout, /"id": "\/dev\/kvm",\n +"action": "none"/);
});

test('in a container the node is left alone', options, (context) => {
  const script = 'PROVISION apply --only device; stat -c "%a %U:%G" /dev/kvm';
  const { stdout, stderr } = runLive(context, script, 'CONTAINER=1');
  assert.doesNotMatch(stdout, /device/);
  assert.match(stdout, /^600 root:root$/m);
  assert.match(stderr, /^provision: warning: \/dev\/kvm is left alone/m);
});

test('without a node the rest is done and said', options, (context) => {
  const { exitCode, stderr } = runLive(context, 'PROVISION apply --only device', 'NO_NODE=1');
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /^provision: warning: there is no \/dev\/kvm: /m);
});

const shown =
  'stat -c "%a %U:%G" /dev/kvm; getfacl --absolute-names --numeric --omit-header /dev/kvm';

test('revert gives the node back as it was, its access list too', options, (context) => {
  const script = `setfacl -m u:5:r /dev/kvm; chmod 640 /dev/kvm; ${shown}; echo then
    PROVISION apply --only device >/dev/null; stat -c "%a %U:%G" /dev/kvm
    PROVISION revert; echo then; ${shown}; ls /etc/udev /etc/tmpfiles.d || true`;
  const { stdout, stderr } = runLive(context, script);
  const [before, middle, after] = stdout.split('then\n');
  assert.match(middle ?? '', /^666 root:kvm$/m, stderr);
  assert.match(middle ?? '', /^~ device \/dev\/kvm \(0:kvm 0666 -> 0:0 0640\)$/m);
  assert.match(before ?? '', /^user:5:r--$/m);
  assert.equal(after, before);
});

test('a node that was changed since is left alone, and said', options, (context) => {
  const script = `PROVISION apply --only device >/dev/null; chmod 640 /dev/kvm
    PROVISION revert; stat -c "%a %U:%G" /dev/kvm`;
  const { stdout, stderr } = runLive(context, script);
  assert.match(stdout, /^640 root:kvm$/m, stderr);
  assert.doesNotMatch(stdout, /device/);
  assert.match(
    stderr,
    /^provision: warning: \/dev\/kvm is left alone: its owner or mode was changed/m,
  );
});

test('an account with a process stays; later it goes', options, (context) => {
  const script = `chmod 755 /; sed -i /qemu/d /etc/passwd /etc/group
    sed -i /kvm/d /etc/group
    PROVISION apply --only accounts >/dev/null
    setpriv --reuid=107 --regid=107 --clear-groups sleep 60 & pid=$!; sleep 0.3
    PROVISION revert --accounts || echo status $?
    kill $pid; wait $pid || true
    PROVISION revert --accounts; cat /etc/passwd /etc/group`;
  const { stdout, stderr } = runLive(context, script);
  assert.match(stderr, /^provision: warning: user qemu stays: process \d+ belongs to it$/m, stdout);
  assert.match(stderr, /^provision: warning: group qemu stays: process \d+ belongs to it$/m);
  assert.match(stdout, /^status 3$/m);
  assert.match(
    stdout,
    /^- user qemu \(uid 107\)\n- group qemu \(gid 107\)\n- group kvm \(gid 36\)$/m,
  );
  assert.ok(stdout.endsWith('root:x:0:0:root:/root:/bin/sh\nroot:x:0:\n'), stdout);
});
