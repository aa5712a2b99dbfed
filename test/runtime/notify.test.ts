import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  call,
  emulator,
  listReports,
  makeSite,
  paused,
  siteWords,
  start,
} from '../support/launcher.ts';
import { rootOnly } from '../support/scratch.ts';

const listener = `
import socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1].replace('@', '\\0', 1)); print('listening', flush=True)
end.settimeout(30); print(end.recv(4096).decode(), flush=True)
`;

interface Listener {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly heard: () => string;
}

/** A service manager in small: what it hears first. */
async function listen(name: string): Promise<Listener> {
  const child = spawn('/usr/bin/python3', ['-c', listener, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await once(child.stdout, 'data');
  return { child, ended, heard: () => text.replace('listening\n', '') };
}

for (const kind of ['a path', 'an abstract name']) {
  test(`the service manager is told of a verified QEMU, by ${kind}`, rootOnly, async (context) => {
    const site = makeSite(context);
    const name = kind === 'a path' ? `${site.path}/notify` : `@virt-privileges-${process.pid}`;
    const { heard, ended } = await listen(name);
    const wrapper = ['env', `NOTIFY_SOCKET=${name}`];
    const { pid, stderr } = await start(context, site, 'x', paused, [], wrapper);
    await ended;
    assert.equal(heard(), `READY=1\nSTATUS=QEMU runs as process ${pid}, verified\n`);
    assert.equal(listReports(site)[0]?.verified, true);
    assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'latin1'), /NOTIFY_SOCKET/);
    assert.equal(stderr(), '');
  });
}

test('a launch that fails says nothing', rootOnly, async (context) => {
  const site = makeSite(context);
  const name = `${site.path}/notify`;
  const { child, heard, ended } = await listen(name);
  const wrapper = ['env', `NOTIFY_SOCKET=${name}`];
  assert.equal(
    call(siteWords(site, 'run', '--', emulator, '-hda', '/nonexistent'), { wrapper }).status,
    125,
  );
  child.kill();
  await ended;
  assert.equal(heard(), '');
});

for (const [name, why] of [
  ['/nonexistent/notify', 'No such file or directory'],
  ['relative', 'Invalid argument'],
] as const) {
  test(
    `a service manager that does not listen at ${name} holds up nothing`,
    rootOnly,
    async (context) => {
      const wrapper = ['env', `NOTIFY_SOCKET=${name}`];
      const { launcher, ended, stderr } = await start(
        context,
        makeSite(context),
        'x',
        paused,
        [],
        wrapper,
      );
      launcher.kill('SIGTERM');
      assert.equal(await ended, 0);
      assert.match(
        stderr(),
        new RegExp(`warning: cannot tell ${name} that QEMU is ready: sendto: ${why}`),
      );
    },
  );
}
