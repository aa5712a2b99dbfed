import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTool } from './tool.ts';

/** Leaves a socket at a path that nobody listens on, in place of what is there. */
export function leaveSocket(path: string): void {
  const script =
    'import os,socket,sys\np=sys.argv[1]\nif os.path.exists(p): os.unlink(p)\nsocket.socket(socket.AF_UNIX).bind(p)';
  const { status, stderr } = runTool('/usr/bin/python3', ['-c', script, path]);
  if (status !== 0) throw new Error(stderr);
}

/** Waits until something stands at a path. */
export async function awaitFile(path: string): Promise<void> {
  for (const from = Date.now(); Date.now() - from < 20_000; await sleep(10)) {
    if (existsSync(path)) return;
  }
  throw new Error(`nothing stands at ${path}`);
}

const client = `
import os, socket, sys
path, text, uid, answers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.setgroups([]); os.setgid(uid); os.setuid(uid)
end = socket.socket(socket.AF_UNIX); end.settimeout(20)
try:
    end.connect(path)
    end.sendall(text.encode())
    got = b''
    while got.count(b'}\\r\\n') <= answers and b'(qemu)' not in got: got += end.recv(65536)
    print(got.decode())
except OSError as error:
    print(error)
`;

/** What a socket answers to a text, asked by that user: the greeting and so many answers more. */
export async function askSocket(path: string, text: string, uid = 0, answers = 0): Promise<string> {
  const child = spawn('/usr/bin/python3', ['-c', client, path, text, String(uid), String(answers)]);
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    all += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    all += chunk;
  });
  await once(child, 'close');
  await sleep(0);
  return all;
}
