import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDenials } from '../../src/formats/audit-log.ts';

// As the kernel's documentation has them, and as an auditd that does not know them writes them.
const log = `type=LANDLOCK_ACCESS msg=audit(1729738800.268:30): domain=195ba459b blockers=fs.read_file path="/srv/a.iso" dev="vda2" ino=351
type=LANDLOCK_DOMAIN msg=audit(1729738800.268:30): domain=195ba459b status=allocated mode=enforcing pid=300 uid=107 exe="/usr/libexec/qemu-exec" comm="qemu-exec"
type=SYSCALL msg=audit(1729738800.268:30): arch=c000003e syscall=257 success=no exit=-13 pid=300
type=LANDLOCK_ACCESS msg=audit(1729738801.000:31): domain=195ba459b blockers=fs.write_file,fs.truncate path="/srv/b" dev="vda2" ino=9
type=LANDLOCK_ACCESS msg=audit(1729738801.000:32): domain=195ba459b blockers=fs.read_file path="/srv/a.iso" dev="vda2" ino=351
type=LANDLOCK_ACCESS msg=audit(1729738801.000:33): domain=195ba459b blockers=scope.signal opid=1 ocomm="systemd"
type=UNKNOWN[1423] msg=audit(1729738802.000:40): domain=1ff blockers=fs.read_dir path=2F7372762F61206469726563746F7279 dev="vda2" ino=3
type=UNKNOWN[1424] msg=audit(1729738802.000:40): domain=1ff status=allocated mode=enforcing pid=301 uid=107 exe="/x" comm="qemu-exec"
`;

test('the paths that one process was denied, each once', () => {
  assert.deepEqual(parseDenials(log, 300), [
    { path: '/srv/a.iso', writes: false },
    { path: '/srv/b', writes: true },
  ]);
});

test('an auditd that knows no names, and a path with a blank', () => {
  assert.deepEqual(parseDenials(log, 301), [{ path: '/srv/a directory', writes: false }]);
});

test('nothing of others, nothing of no log', () => {
  assert.deepEqual(parseDenials(log, 30), []);
  assert.deepEqual(parseDenials('', 300), []);
});
