import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { parseMarkup } from '../support/markup.ts';
import { type Run, runProvision } from '../support/run-provision.ts';
import { rootOnly } from '../support/scratch.ts';

const image = {
  'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  'etc/group': 'root:x:0:\n',
};
const skipped = 'this is an image: nothing runs in it';

function applied(context: TestContext): string {
  const root = makeTree(context, image);
  const { exitCode, stderr } = runProvision('apply', '--root', root);
  assert.equal(exitCode, 0, stderr);
  return root;
}

function statusesOf({ stdout }: Run) {
  const { checks } = JSON.parse(stdout);
  return (checks as Record<string, string>[]).map(({ id, status, summary }) => [
    id,
    status,
    summary,
  ]);
}

test('an image after apply: what can be read passes, the rest is skipped', rootOnly, (context) => {
  const root = applied(context);
  const options = ['--launch', '--libvirt', '--session', 'root'];
  const run = runProvision('verify', '--json', '--root', root, ...options);
  assert.deepEqual([run.exitCode, run.stderr], [0, '']);
  assert.deepEqual(statusesOf(run), [
    ['accounts', 'pass', 'user qemu (107), group qemu (107), member of kvm (36)'],
    ['device', 'pass', 'where this image boots, /dev/kvm will be as the policy says'],
    ['kvm-unprivileged', 'skip', skipped],
    ['qemu-conf', 'pass', 'QEMU runs as user qemu, group qemu'],
    ['processes', 'skip', `cannot audit ${root}/proc: it shows no process`],
    ['launch', 'skip', skipped],
    ['libvirt', 'skip', skipped],
    ['session', 'skip', skipped],
  ]);
  const strict = runProvision('verify', '--strict', '--root', root);
  assert.equal(strict.exitCode, 4);
  assert.match(strict.stdout, /^2 skipped, 3 passed$/m);
});

test('an image as it came: what is missing is said, with what helps', (context) => {
  const root = makeTree(context, image);
  const run = runProvision('verify', '--root', root);
  assert.deepEqual([run.exitCode, run.stderr], [3, '']);
  assert.equal(
    run.stdout,
    `fail  accounts          missing: group kvm, group qemu, user qemu, membership qemu/kvm
      hint: provision apply --only accounts
fail  device            no udev rule gives /dev/kvm the mode 0666 of the policy
      no udev rule gives /dev/kvm the group kvm of the policy
      hint: \`provision apply\` writes the rule; a rule that sorts behind it must go or agree
skip  kvm-unprivileged  this is an image: nothing runs in it
      hint: run it where the image has booted
fail  qemu-conf         there is no user qemu (the default of fedora-44): libvirt does not start with it
      user qemu (unknown), by the default of fedora-44
      group qemu (unknown), by the default of fedora-44
      hint: provision apply, or name an account that exists
skip  processes         cannot audit ${root}/proc: it shows no process
      hint: mount the process file system there; without --root the running system is meant

3 failed, 2 skipped
`,
  );
});

test('--set asks about another policy', rootOnly, (context) => {
  const root = applied(context);
  const closed = ['--set', 'kvm.mode=0660', '--set', 'kvm.access=group'];
  const { exitCode, stdout } = runProvision('verify', '--root', root, ...closed);
  assert.equal(exitCode, 3);
  assert.match(
    stdout,
    /^fail {2}device .*60-virt-privileges-kvm\.rules:\d+: MODE="0666" counts for \/dev\/kvm; the policy says MODE="0660"$/m,
  );
});

test('a report for pipelines says the same, and with --strict what was skipped counts', (context) => {
  const root = makeTree(context, image);
  const file = join(root, 'report.xml');
  const kinds = (...options: readonly string[]) => {
    runProvision('verify', '--root', root, '--junit', file, ...options);
    const elements = parseMarkup(readFileSync(file, 'utf8').split('\n').slice(1).join('\n').trim());
    return elements.map(({ name }) => name).filter((name) => !name.startsWith('test'));
  };
  assert.deepEqual(kinds(), ['failure', 'failure', 'skipped', 'failure', 'skipped']);
  assert.deepEqual(kinds('--strict'), ['failure', 'failure', 'error', 'failure', 'error']);
});

test('a report that cannot be written', (context) => {
  const root = makeTree(context, image);
  const { exitCode, stderr } = runProvision('verify', '--root', root, '--junit', '/dev/null');
  assert.equal(exitCode, 1);
  assert.equal(
    stderr.split('\n')[0],
    'provision: error: cannot write /dev/null: something stands there that is no regular file',
  );
  assert.ok(existsSync('/dev/null'));
});

for (const [words, message] of [
  [
    ['--only', 'device,launch'],
    "option '--only <checks>' argument 'device,launch' is invalid. the checks are accounts, device, kvm-unprivileged, qemu-conf, processes.",
  ],
  [['--as', ''], "option '--as <user>' argument '' is invalid. it is empty"],
  [['--session'], "option '--session <user>' argument missing"],
  [['--junit', ''], "option '--junit <file>' argument '' is invalid. it is empty"],
  [['--launch', 'more'], "too many arguments for 'verify'. Expected 0 arguments but got 1."],
] as const) {
  test(`usage: verify ${words.join(' ')}`, () => {
    const { exitCode, stderr } = runProvision('verify', ...words);
    assert.equal(exitCode, 2);
    assert.equal(stderr.split('\n')[0], `provision: error: ${message}`);
  });
}

for (const option of ['--as', '--session'])
  test(`an account that nobody has: ${option}`, (context) => {
    const root = makeTree(context, image);
    const { exitCode, stdout } = runProvision('verify', '--json', '--root', root, option, 'x-y-z');
    const { error } = JSON.parse(stdout);
    assert.deepEqual([exitCode, error.code], [1, 'VP_IDENTITY_UNKNOWN']);
    assert.equal(error.message, 'there is no user x-y-z');
  });
