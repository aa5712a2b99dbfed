import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeRoot, makeOldRoot } from '../support/applied-root.ts';
import { makeTree, writeBelow } from '../support/host.ts';
import { applied, conf, provision, succeed } from '../support/reverted-root.ts';
import { rootOnly } from '../support/scratch.ts';

const rules = 'etc/udev/rules.d/60-virt-privileges-kvm.rules';
const changes: readonly (readonly [string, (root: string) => void, string, RegExp])[] = [
  ['content', (root) => appendFileSync(join(root, conf), 'x = 1\n'), conf, /^\+x = 1$/m],
  ['mode (0660 -> 0600)', (root) => chmodSync(join(root, conf), 0o600), conf, /^$/],
  ['owner (0:0 -> 5:5)', (root) => chownSync(join(root, rules), 5, 5), rules, /^$/],
];

for (const [what, change, path, diff] of changes) {
  test(`refuses a file that was changed since: ${what}`, rootOnly, (context) => {
    const root = makeOldRoot(context);
    const before = describeRoot(root);
    succeed(provision(root, 'apply'));
    change(root);
    const changed = describeRoot(root);
    const refused = provision(root, 'revert');
    assert.equal(refused.exitCode, 1);
    const text = `error: cannot take back ${join(root, path)}: changed since: ${what}\n`;
    assert.ok(refused.stderr.includes(text), refused.stderr);
    assert.match(refused.stdout, diff);
    assert.deepEqual(describeRoot(root), changed, 'nothing was changed');
    const { error } = JSON.parse(provision(root, 'revert', '--json').stdout);
    assert.deepEqual([error.code, error.path], ['VP_REVERT_REFUSED', join(root, path)]);
    succeed(provision(root, 'revert', '--force', '--accounts'));
    assert.deepEqual(describeRoot(root), before);
  });
}

test('a file that was removed since comes back by force only', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  succeed(provision(root, 'apply', '--only', 'qemu-conf'));
  rmSync(join(root, conf));
  assert.match(provision(root, 'revert').stderr, /qemu\.conf: it was removed since$/m);
  assert.match(
    succeed(provision(root, 'revert', '--force')).stdout,
    /^\+ file \/etc\/libvirt\/qemu/,
  );
  assert.deepEqual(describeRoot(root), before);
});

test('an edit between two applies is found before anything changes', rootOnly, (context) => {
  const root = applied(context, '--only', 'qemu-conf');
  appendFileSync(join(root, conf), '# an edit\n');
  succeed(provision(root, 'apply', '--only', 'qemu-conf', '--set', 'qemu_conf.user=other'));
  const changed = describeRoot(root);
  const { exitCode, stdout } = provision(root, 'revert');
  assert.equal(exitCode, 1);
  assert.match(stdout, /^\+# an edit\r?$/m);
  assert.deepEqual(describeRoot(root), changed);
  succeed(provision(root, 'revert', '--last'));
  assert.match(readFileSync(join(root, conf), 'utf8'), /# an edit/);
});

test('a file that somebody put back by hand counts as taken back', rootOnly, (context) => {
  const root = makeOldRoot(context);
  const before = describeRoot(root);
  succeed(provision(root, 'apply'));
  rmSync(join(root, 'etc/tmpfiles.d/zz-virt-privileges-kvm.conf'));
  const { stdout } = succeed(provision(root, 'revert', '--accounts'));
  assert.doesNotMatch(stdout, /tmpfiles/);
  assert.deepEqual(describeRoot(root), before, 'the directory that it was in has gone too');
});

test('a directory that somebody uses meanwhile stays', rootOnly, (context) => {
  const root = applied(context);
  writeBelow(root, 'etc/tmpfiles.d/own.conf', '');
  succeed(provision(root, 'revert'));
  assert.deepEqual(readdirSync(join(root, 'etc/tmpfiles.d')), ['own.conf']);
  assert.equal(existsSync(join(root, 'etc/sysusers.d')), false);
});

test(
  'a link in the place of a file is not written through, by force neither',
  rootOnly,
  (context) => {
    const root = applied(context, '--only', 'qemu-conf');
    const victim = makeTree(context, { file: 'kept' });
    rmSync(join(root, conf));
    symlinkSync(join(victim, 'file'), join(root, conf));
    assert.match(
      provision(root, 'revert', '--force').stderr,
      /qemu\.conf: it is a symbolic link$/m,
    );
    assert.equal(readFileSync(join(victim, 'file'), 'utf8'), 'kept');
  },
);
