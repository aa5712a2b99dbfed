import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type CallOptions,
  call,
  emulator,
  makeDirectory,
  makeDisk,
  makeSite,
  owner,
  paused,
  pausedWith,
  type Site,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { projectRoot, rootOnly } from '../../support/scratch.ts';

const path = '/etc/virt-privileges/vms/web.args';
const place = (root: string) => `${root}/etc/virt-privileges/vms/web.args`;

/** A site, and a way to call the launcher with an /etc of this test's own, where web.args holds `text`. */
function makeHost(context: TestContext, text: string | Buffer) {
  const site = makeSite(context);
  mkdirSync(`${site.path}/etc/virt-privileges/vms`, { recursive: true });
  writeFileSync(place(site.path), text);
  const script = 'mount --bind "$0" /etc && exec "$@"';
  const wrapper = ['unshare', '--mount', 'sh', '-c', script, `${site.path}/etc`];
  const run = (command: string, ...words: readonly string[]) =>
    call(siteWords(site, command, ...words), { wrapper });
  return { site, run };
}

/** What `plan --json` says of it. */
function planOf(run: ReturnType<typeof makeHost>['run'], ...words: readonly string[]) {
  const { stdout, stderr } = run('plan', '--vm', 'web', '--json', ...words);
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('--vm takes name and words from the file', rootOnly, (context) => {
  const { site, run } = makeHost(context, '');
  const disk = makeDisk(site, 'a disk.raw');
  const text = `# web\n${paused.join(' ')}\n  -drive 'file=${disk},format=raw' # the disk\n`;
  writeFileSync(place(site.path), text);
  const plan = planOf(run);
  assert.deepEqual(plan.argv.slice(0, -4), pausedWith(disk));
  assert.deepEqual([plan.name, plan.emulator.path], ['web', emulator]);
  assert.deepEqual(
    plan.resources.map((each: { path: string; action: string }) => [each.path, each.action]),
    [[disk, 'claim']],
  );
});

test('run and exec start what the file says', rootOnly, (context) => {
  const { run } = makeHost(context, "--env GREETING='a  b'\n--\n/usr/bin/env\n");
  for (const command of ['run', 'exec']) {
    const { status, stdout, stderr } = run(command, '--vm', 'web');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^GREETING=a {2}b$/m);
  }
});

test('options of the command line win, and repeatable ones add up', rootOnly, (context) => {
  const text = `--user +1 --limit nofile=50 --limit core=0 --env A=1\n--env B=1\n--\n/usr/bin/env\n`;
  const { run } = makeHost(context, text);
  const user = `+${target.uid}`;
  const words = ['--user', user, '--limit', 'nofile=60', '--env', 'B=2', '--env', 'C=2'];
  const plan = planOf(run, ...words);
  assert.equal(plan.identity.uid, target.uid);
  assert.deepEqual(plan.confinement.limits, { nofile: [60, 60], core: [0, 0] });
  const { stdout } = run('run', '--vm', 'web', ...words);
  assert.deepEqual(stdout.match(/^[ABC]=.*/gm), ['A=1', 'B=2', 'C=2']);
});

const usageErrors: readonly (readonly [readonly string[], string])[] = [
  [['--vm', 'web', '--', '/bin/true'], '--vm takes the place of `--` and the words after it'],
  [['--vm', 'web', '--'], '--vm takes the place of `--` and the words after it'],
  [['--vm', 'web', '--name', 'web'], '--vm is the name already, --name cannot be'],
  [['--vm', 'web', 'x'], "unexpected argument 'x'"],
  [['--vm', 'web', '--env', 'x'], '--env wants NAME=VALUE, not "x"'],
];

for (const [words, message] of usageErrors) {
  test(`run ${words.join(' ')} is a usage error`, rootOnly, (context) => {
    const { run } = makeHost(context, '--env A=1\n--\n/bin/true\n');
    const { status, stderr } = run('run', ...words);
    assert.deepEqual([status, stderr.split('\n')[0]], [2, `qemu-launch: error: ${message}`]);
  });
}

test('a name is checked before it is part of a path', () => {
  for (const name of ['../web', 'a/b', '..', '.web', '', '-', 'x'.repeat(65), 'a\nb']) {
    const { status, stderr } = call(['plan', `--vm=${name}`]);
    assert.deepEqual([status, /is no name for a virtual machine/.test(stderr)], [3, true], name);
    assert.equal(call(['run', `--vm=${name}`]).status, 125);
  }
});

const faults: readonly (readonly [string, string | Buffer, string])[] = [
  ['an open quote', `${emulator}\n -name "x\n`, ':2:8: the quote " is not closed'],
  ['an open quote and CRLF', `${emulator}\r\n -name 'x\r\n`, ":2:8: the quote ' is not closed"],
  ['a NUL', `${emulator} a\0b`, ':1:30: a NUL'],
  ['Latin-1', Buffer.from(`${emulator} \xe4`, 'latin1'), ':1:29: a byte that is not UTF-8'],
  ['nothing', '', ':1:1: no emulator'],
  ['a second --', '--\nq\n--\n', ':3:1: a second `--`'],
  ['--vm', '--vm other\n--\nq\n', ': --vm is for the command line only'],
  ['--name', '--name=other\n--\nq\n', ': --name is for the command line only'],
  ['--json', '--json\n--\nq\n', ': --json is for the command line only'],
  ['an unknown option', '--nosuch\n--\nq\n', ": unknown option '--nosuch'"],
  ['a wrong option', '--limit nofile=x\n--\nq\n', ': --limit nofile wants a number up to'],
  ['1 MB', `q ${'x '.repeat(600_000)}`, ' is larger than 1 MiB'],
];

for (const [name, text, message] of faults) {
  test(`in a file, ${name}: its place is said`, rootOnly, (context) => {
    const { run } = makeHost(context, text);
    const { status, stderr } = run('run', '--vm', 'web');
    assert.equal(status, 2);
    assert.ok(stderr.startsWith(`qemu-launch: error: ${path}${message}`), stderr);
  });
}

test('with --json the place of a fault has fields of its own', rootOnly, (context) => {
  const { error } = planOf(makeHost(context, 'q $x\n').run);
  assert.deepEqual([error.code, error.path, error.line, error.column], ['VP_USAGE', path, 1, 3]);
});

test('lines that end in CRLF are read as others', rootOnly, (context) => {
  const { run } = makeHost(context, '--env A=1\r\n--\r\n/bin/echo a \\\r\n"b"\r\n# c\r\n');
  assert.deepEqual(planOf(run).argv, ['/bin/echo', 'a', 'b']);
});

const untrusted: readonly (readonly [string, (site: Site) => void, string])[] = [
  [
    'that others can write',
    ({ path: root }) => chmodSync(place(root), 0o666),
    `${path} can be written by others than its owner`,
  ],
  [
    'of somebody else',
    ({ path: root }) => chownSync(place(root), owner.uid, owner.gid),
    `${path} `,
  ],
  [
    'in a directory that others can write',
    ({ path: root }) => chmodSync(`${root}/etc/virt-privileges/vms`, 0o777),
    '/etc/virt-privileges/vms can be written by others than its owner',
  ],
];

for (const [name, spoil, why] of untrusted) {
  test(`a file ${name} is refused to root`, rootOnly, (context) => {
    const { site, run } = makeHost(context, '/bin/true\n');
    spoil(site);
    const { status, stderr } = run('run', '--vm', 'web');
    assert.equal(status, 125);
    assert.ok(stderr.startsWith(`qemu-launch: error: cannot read ${path}: ${why}`), stderr);
  });
}

test('a file that is not there, and a directory in its place', rootOnly, (context) => {
  const { site, run } = makeHost(context, '');
  const missing = run('run', '--vm', 'other');
  assert.equal(missing.status, 125);
  assert.match(
    missing.stderr,
    /cannot read \/etc\/virt-privileges\/vms\/other\.args: openat: No such file/,
  );
  assert.match(missing.stderr, /hint: write QEMU's command line into it, or give it after `--`/);
  mkdirSync(`${site.path}/etc/virt-privileges/vms/other.args`);
  assert.match(run('run', '--vm', 'other').stderr, /other\.args: it is no regular file/);
});

/** A user with a configuration of its own. */
function makeUser(context: TestContext): { site: Site; options: CallOptions; home: string } {
  const site = makeSite(context);
  const home = makeDirectory(`${site.path}/home`, 0o700, owner);
  const wrapper = [
    ...['/usr/bin/setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'],
  ];
  return { site, home, options: { wrapper, cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: home } } };
}

test(
  'not root, the file stands in the configuration directory of the user',
  rootOnly,
  (context) => {
    const { home, options } = makeUser(context);
    for (const base of [`${home}/.config`, `${home}/xdg`]) {
      mkdirSync(`${base}/virt-privileges/vms`, { recursive: true });
      writeFileSync(`${base}/virt-privileges/vms/web.args`, `/bin/echo -name ${basename(base)}\n`);
    }
    const own = call(['run', '--vm', 'web'], options);
    assert.deepEqual([own.status, own.stdout], [0, '-name .config\n'], own.stderr);
    for (const [variable, expected] of [
      [`${home}/xdg`, '-name xdg\n'],
      ['relative', '-name .config\n'],
    ] as const) {
      const env = { ...options.env, XDG_CONFIG_HOME: variable };
      assert.equal(call(['run', '--vm', 'web'], { ...options, env }).stdout, expected);
    }
    const { status, stderr } = call(['run', '--vm', 'web'], { ...options, env: { PATH: '/bin' } });
    assert.equal(status, 125);
    assert.match(stderr, /no directory for VM files: neither XDG_CONFIG_HOME nor HOME is set/);
  },
);

test('the example of the manual page is a VM file', rootOnly, (context) => {
  const page = readFileSync(join(projectRoot, 'man/qemu-launch.8'), 'utf8');
  const [, example = ''] = /^\.Bd -literal.*\n([\s\S]*?)^\.Ed$/m.exec(page) ?? [];
  const { run } = makeHost(context, example);
  const { argv, confinement } = planOf(run);
  assert.deepEqual(argv.slice(1, -4), ['-m', '1G', '-drive', 'file=/srv/web.qcow2,format=qcow2']);
  assert.deepEqual(confinement.limits.nofile, [4096, 4096]);
});
