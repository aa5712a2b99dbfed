import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { launcherPath, makeSite } from '../support/launcher.ts';
import { inNetwork, needsNetwork } from '../support/network.ts';
import { blocksOf, readPage } from '../support/page.ts';
import { runTool } from '../support/tool.ts';

/** Runs a page's commands in a network of their own, with the launcher on the PATH; a guest is ended after a while. */
function follow(context: TestContext, page: string, before = ''): string {
  const site = makeSite(context);
  const own = `--conf ${site.conf} --state-dir ${site.state} --run-dir ${site.run}`;
  const call = `exec timeout --preserve-status 2 ${process.execPath} ${launcherPath}`;
  const script = `#!/bin/sh\ncommand=$1\nshift\n${call} "$command" ${own} "$@"\n`;
  mkdirSync(`${site.path}/bin`);
  writeFileSync(`${site.path}/bin/qemu-launch`, script, { mode: 0o755 });
  const commands = blocksOf(readPage(page), 'sh').join('\n').replaceAll('anna', 'nobody');
  const [program = '', ...words] = [...inNetwork(), 'sh', '-e', '-c', `${before}\n${commands}`];
  const env = { PATH: `${site.path}/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
  const { status, stderr } = runTool(program, words, { cwd: site.path, env });
  assert.equal(status, 0, stderr);
  return stderr;
}

test('every command of docs/networking.md', needsNetwork, (context) => {
  assert.match(follow(context, 'docs/networking.md'), /terminating on signal 15/);
});

test('every command of docs/resources.md', needsNetwork, (context) => {
  const said = follow(context, 'docs/resources.md', 'truncate -s 1M disk.raw');
  assert.match(said, /terminating on signal 15/);
});
