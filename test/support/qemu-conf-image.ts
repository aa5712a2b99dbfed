import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeTree } from './host.ts';
import { type Run, runProvision } from './run-provision.ts';

/** Where libvirt's file is below a root. */
export const conf = 'etc/libvirt/qemu.conf';

/** An image with that file in it. */
export interface Image {
  readonly root: string;
  readonly file: string;
  /** Runs `provision qemu-conf` on it; ROOT stands for its path in what is said. */
  readonly run: (...words: readonly string[]) => Run;
}

/** Makes one; without a text it has the directory only. */
export function makeImage(context: TestContext, text: string | Buffer | null): Image {
  const root = makeTree(context);
  const file = join(root, conf);
  mkdirSync(dirname(file), { recursive: true });
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  const run = (...words: readonly string[]) => {
    const { exitCode, stdout, stderr } = runProvision('qemu-conf', '--root', root, ...words);
    const shorten = (said: string) => said.replaceAll(root, 'ROOT');
    return { exitCode, stdout: shorten(stdout), stderr: shorten(stderr) };
  };
  return { root, file, run };
}
