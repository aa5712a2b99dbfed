import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { executeQmp } from '../../../src/runtime/service/qmp.ts';
import { native } from '../../support/native.ts';
import { makeScratch } from '../../support/scratch.ts';

const prelude = `
import socket, sys, time
place = socket.socket(socket.AF_UNIX); place.bind(sys.argv[1]); place.listen()
print('r', end='', flush=True)
end = place.accept()[0]
def say(text):
    try: end.sendall(text)
    except OSError:
        print('left', flush=True); sys.exit()
`;
const patience = 1000;

/** Has a server of its own told a command; whether it was done, and what the server said of it. */
async function askServer(
  context: TestContext,
  script: string,
  listener?: number,
): Promise<[boolean, string]> {
  const path = `${makeScratch(context)}/qmp`;
  const server = spawn('/usr/bin/python3', ['-c', prelude + script, path]);
  context.after(() => server.kill('SIGKILL'));
  await once(server.stdout, 'data');
  const said = text(server.stdout);
  const socket = { path, owner: process.getuid?.() ?? 0, listener: listener ?? server.pid ?? 0 };
  const isDone = executeQmp(native, socket, 'system_powerdown', patience);
  return [isDone, await said];
}

const servers = {
  'one that does as it is told': {
    script: `
say(b'{"QMP": {}}\\r\\n'); end.recv(65536)
say(b'{"return": {}}\\r\\n'); end.recv(65536)
say(b'{"event": "POWERDOWN"}\\r\\n{"return": {}}\\r\\n'); end.recv(65536)`,
    expected: [true, ''],
  },
  'one that refuses': {
    script: `say(b'{"QMP": {}}\\n{"return": {}}\\n{"error": {}}\\n'); end.recv(65536); end.recv(65536)`,
    expected: [false, ''],
  },
  'one that says a letter now and then': {
    script: `
for _ in range(200): say(b' '); time.sleep(0.05)
print('heard to the end')`,
    expected: [false, 'left\n'],
  },
  'one that says events for ever': {
    script: `
say(b'{"QMP": {}}\\n')
for _ in range(200): say(b'{"event": "RESET"}\\n'); time.sleep(0.05)
print('heard to the end')`,
    expected: [false, 'left\n'],
  },
  'one that says a line without an end': {
    script: `
for _ in range(1000): say(b' ' * 65536)
print('heard to the end')`,
    expected: [false, 'left\n'],
  },
  'one that says no JSON': { script: `say(b'QMP\\n')`, expected: [false, ''] },
} as const;

for (const [what, { script, expected }] of Object.entries(servers)) {
  test(`a server of QMP: ${what}`, async (context) => {
    assert.deepEqual(await askServer(context, script), expected);
  });
}

test('a server of QMP: another process than the one that is asked for', async (context) => {
  const { script } = servers['one that does as it is told'];
  const [isDone] = await askServer(context, script, process.pid);
  assert.equal(isDone, false);
});
