import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  call,
  launcherPath,
  listReports,
  makeSite,
  paused,
  siteWords,
  start,
  target,
} from '../../support/launcher.ts';
import { amidTrixie, needsNewerQemu } from '../../support/newer-qemu.ts';
import { rootOnly, rounds } from '../../support/scratch.ts';
import { askSocket, leaveSocket } from '../../support/sockets.ts';

const greeting = /"QMP": ?\{/;

for (const [option, expected] of [
  ['-qmp', greeting],
  ['-qmp-pretty', greeting],
  ['-monitor', /\(qemu\)/],
] as const) {
  test(
    `${option} answers on a socket that only root may use and that goes with QEMU`,
    rootOnly,
    async (context) => {
      const site = makeSite(context);
      const path = `${site.path}/socket`;
      const words = [...paused, option, `unix:${path},server=on,wait=off`];
      const started = await start(context, site, 'x', words);
      const { mode, uid, gid } = lstatSync(path);
      assert.deepEqual([mode & 0o7777, uid, gid], [0o600, 0, 0]);
      assert.match(await askSocket(path, ''), expected);
      // The directory lets everybody through, and a neighbour runs as the same user.
      const { uid: neighbour } = target;
      assert.match(await askSocket(path, '', neighbour), /Permission denied/);
      started.launcher.kill('SIGTERM');
      await started.ended;
      assert.equal(existsSync(path), false);
    },
  );
}

test(
  'a serial line and a character device talk through sockets in the run directory',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const own = `${site.run}/x`;
    const words = [
      ...paused,
      ...[
        '-chardev',
        `socket,id=c,path=${own}/c,server=on,wait=off`,
        '-mon',
        'chardev=c,mode=control',
      ],
      ...['-serial', `unix:${own}/s,server=on,wait=off`],
    ];
    await start(context, site, 'x', words);
    assert.match(await askSocket(`${own}/c`, ''), greeting);
    const asked = '{"execute":"qmp_capabilities"}{"execute":"query-chardev"}';
    assert.match(await askSocket(`${own}/c`, asked, 0, 2), /"label": "virt-privileges-10\d"/);
    assert.equal(lstatSync(`${own}/s`).uid, 0);
  },
);

test('what a killed QEMU leaves goes with the next word', rootOnly, async (context) => {
  const site = makeSite(context);
  const path = `${site.path}/socket`;
  const words = [...paused, '-qmp', `unix:${path},server=on,wait=off`];
  const started = await start(context, site, 'x', words);
  started.launcher.kill('SIGKILL');
  await started.ended;
  assert.equal(existsSync(path), true);
  while (listReports(site).some(({ running }) => running));
  assert.equal(call(siteWords(site, 'restore', '--all')).status, 0);
  assert.equal(existsSync(path), false);
});

test(
  'a socket that nobody listens on any more gives way; another one in its place stays',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const path = `${site.path}/socket`;
    leaveSocket(path);
    const words = [...paused, '-qmp', `unix:${path},server=on,wait=off`];
    const started = await start(context, site, 'x', words);
    assert.match(await askSocket(path, ''), greeting);
    leaveSocket(path);
    started.launcher.kill('SIGTERM');
    await started.ended;
    assert.equal(existsSync(path), true, 'it is not what the launcher made');
  },
);

for (const [what, make, code, message] of [
  [
    'a file',
    (path: string) => writeFileSync(path, 'x'),
    'VP_PATH_KIND',
    'what stands there is no socket',
  ],
  [
    'a link',
    (path: string) => symlinkSync('/etc/passwd', path),
    'VP_PATH_KIND',
    'what stands there is no socket',
  ],
  [
    'a directory',
    (path: string) => mkdirSync(path),
    'VP_PATH_KIND',
    'what stands there is no socket',
  ],
  [
    "somebody else's socket",
    (path: string) => {
      leaveSocket(path);
      chownSync(path, 4242, 4242);
    },
    'VP_PATH_UNTRUSTED',
    'what stands there is a socket of user 4242',
  ],
] as const) {
  test(`${what} in a socket's place is left alone`, rootOnly, (context) => {
    const site = makeSite(context);
    const path = `${site.path}/socket`;
    make(path);
    const before = lstatSync(path).ino;
    const words = [...paused, '-qmp', `unix:${path},server=on`];
    const { status, stdout } = call(siteWords(site, 'plan', '--json', '--', ...words));
    assert.equal(status, 3);
    const [finding] = JSON.parse(stdout).findings;
    assert.deepEqual(
      [finding.code, finding.message],
      [code, `no socket can be made at ${path}: ${message}`],
    );
    assert.equal(call(siteWords(site, 'run', '--', ...words)).status, 125);
    assert.equal(lstatSync(path).ino, before);
  });
}

test('a socket that is in use is left alone', rootOnly, async (context) => {
  const site = makeSite(context);
  const path = `${site.path}/socket`;
  const server = createServer().listen(path);
  context.after(() => server.close());
  const words = [...paused, '-qmp', `unix:${path},server=on`];
  const { stderr } = call(siteWords(site, 'run', '--', ...words));
  assert.match(stderr, /what stands there is a socket that another program listens on$/m);
});

for (const [what, make, message] of [
  ['is missing', () => undefined, /no socket can be made at .*: .*\/d is missing$/m],
  [
    'anybody may write',
    (path: string) => {
      mkdirSync(path);
      chmodSync(path, 0o777);
    },
    /no socket can be made at .*: .*\/d can be written by others than its owner$/m,
  ],
  [
    'is a link that somebody made',
    (path: string) => {
      symlinkSync('/etc', path);
      lchownSync(path, 4242, 4242);
    },
    /no socket can be made at .*: .*\/d is a link made by another user than its directory's owner$/m,
  ],
] as const) {
  test(`a directory that ${what}`, rootOnly, (context) => {
    const site = makeSite(context);
    make(`${site.path}/d`);
    const words = [...paused, '-qmp', `unix:${site.path}/d/q,server=on`];
    const { stdout } = call(siteWords(site, 'plan', '--', ...words));
    assert.match(stdout, message);
  });
}

test('a launch that fails leaves no socket', rootOnly, (context) => {
  const site = makeSite(context);
  const path = `${site.path}/socket`;
  const words = [
    ...paused,
    '-machine',
    'none',
    '-bogus',
    '-qmp',
    `unix:${path},server=on,wait=off`,
  ];
  assert.notEqual(call(siteWords(site, 'run', '--', ...words)).status, 0);
  assert.equal(existsSync(path), false);
});

test('QEMU 10 takes the rewritten arguments', needsNewerQemu, async (context) => {
  const site = makeSite(context);
  const socket = (name: string) => `unix:${site.path}/${name},server=on,wait=off`;
  const words = [
    ...[...paused, '-qmp', socket('q'), '-monitor', socket('m'), '-serial', socket('s')],
    ...['-gdb', socket('g'), '-chardev', `socket,id=c,path=${site.path}/c,server=on,wait=off`],
  ];
  await start(context, site, 'x', words, [], amidTrixie(context));
  assert.match(await askSocket(`${site.path}/q`, ''), /"major": 10\b/);
  assert.match(await askSocket(`${site.path}/m`, ''), /QEMU 10/);
});

test(
  'a launcher killed outright at any moment leaves nothing in the way',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const path = `${site.path}/socket`;
    const words = [...paused, '-qmp', `unix:${path},server=on,wait=off`];
    const all = siteWords(site, 'run', '--name', 'x', '--', ...words);
    for (let round = 0; round < rounds(6, 100); round++) {
      const launcher = spawn(process.execPath, [launcherPath, ...all], {
        cwd: '/',
        stdio: 'ignore',
      });
      const ended = once(launcher, 'close');
      await sleep(60 + ((round * 13) % 90));
      launcher.kill('SIGKILL');
      await ended;
      while (listReports(site).some(({ running }) => running)) await sleep(5);
      call(siteWords(site, 'restore', '--all'));
      const { status, stdout } = call(siteWords(site, 'plan', '--name', 'x', '--', ...words));
      assert.equal(status, 0, `round ${round}: ${stdout}`);
    }
  },
);
