import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTree } from '../support/host.ts';
import { projectRoot } from '../support/scratch.ts';
import { runTool } from '../support/tool.ts';

const page = readFileSync(join(projectRoot, 'docs/qemu-conf.md'), 'utf8');

test('every command of docs/qemu-conf.md does what the page shows', (context) => {
  const [, path = '', text = ''] = /^```ini file=(\S+)\n(.*?)^```$/ms.exec(page) ?? [];
  const root = makeTree(context, { [path]: text });
  const consoles = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, shown = '']) => shown);
  const commands = consoles.flatMap((shown) => shown.split(/^\$ /m).slice(1));
  assert.ok(commands.length > 10);
  for (const command of commands) {
    const [line = '', ...expected] = command.split('\n');
    assert.deepEqual([line, ...run(root, line)], [line, ...expected.slice(0, -1)]);
  }
});

/** What a person sees: stdout, then stderr, then a status other than 0 in brackets. */
function run(root: string, line: string): readonly string[] {
  const words = line.replace(/^provision /, '"$0" "$1" --root "$2" ');
  const program = [process.execPath, join(projectRoot, 'dist/provision.mjs')];
  const { status, stdout, stderr } = runTool('sh', ['-c', words, ...program, root]);
  const said = `${stdout}${stderr}`.replaceAll(root, '').split('\n').slice(0, -1);
  return status === 0 ? said : [...said, `[${status}]`];
}
