import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTool, requireTool, runTool } from '../../src/host/command.ts';

test('a tool gets none of the caller’s environment', async () => {
  process.env['LD_PRELOAD_TEST'] = 'x';
  const { stdout } = await runTool('env', []);
  assert.deepEqual(stdout.split('\n').sort(), [
    'HOME=/',
    'LC_ALL=C',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'SYSTEMD_COLORS=0',
  ]);
});

test('input, output and status', async () => {
  assert.equal((await runTool('cat', [], 'text')).stdout, 'text');
  assert.equal((await runTool('false', [])).exitCode, 1);
});

test('a failure is told with what the tool said', async () => {
  await assert.rejects(requireTool('sh', ['-c', 'echo why >&2; exit 7']), {
    code: 'VP_TOOL_FAILED',
    message: 'sh failed with status 7: why',
  });
  await assert.rejects(runTool('no-such-tool', []), { code: 'VP_MISSING_TOOL' });
  await assert.rejects(runTool('sh', ['-c', 'kill -9 $$']), { code: 'VP_TOOL_FAILED' });
});

test('tools are looked for in the system’s directories only', () => {
  process.env['PATH'] = '/nowhere';
  assert.match(findTool('sh') ?? '', /\/bin\/sh$/);
  assert.equal(findTool('no-such-tool'), null);
});
