import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isRoot, projectRoot } from './scratch.ts';

/** What a server does that others would not. */
export interface FuseBehaviour {
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly mode: number;
  /** What becomes of a change of owner. */
  readonly owners: 'changed' | 'refused' | 'ignored' | 'halved';
  /** The number of the operation that it never answers. */
  readonly hangsAt?: number;
  /** It answers nothing at all while there is a file of this name. */
  readonly hangsWhile?: string;
}

export const setAttributes = 4;

/** For a test's options: skipped, with the reason, where no such file system can be mounted. */
export const needsFuse = {
  skip: isRoot && existsSync('/dev/fuse') ? false : 'needs root and /dev/fuse',
};

/** Mounts a file system with one `disk.raw` at `place`, served by a process that ends with the test. */
export function mountFuse(
  context: TestContext,
  place: string,
  behaviour: FuseBehaviour,
): ChildProcess {
  mkdirSync(place);
  const channel = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions';
  const words = ['-i', '-t', 'fuse', '-o', options, 'test', place];
  const stdio = ['ignore', 'inherit', 'inherit', channel] as const;
  const { status } = spawnSync('mount', words, { stdio: [...stdio] });
  if (status !== 0) throw new Error('the file system cannot be mounted');
  const program = join(projectRoot, 'build/test/support/fuse-server.js');
  const server = spawn(process.execPath, [program, JSON.stringify(behaviour)], {
    stdio: [...stdio],
  });
  closeSync(channel);
  // Without a server every call on the mount fails at once.
  context.after(() => server.kill('SIGKILL'));
  return server;
}
