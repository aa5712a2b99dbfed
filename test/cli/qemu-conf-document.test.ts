import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conf, makeImage } from '../support/qemu-conf-image.ts';

test('the documents', (context) => {
  const { run } = makeImage(context, 'user = "qemu"\nmax_files = 9007199254740993\nnvram = []\n');
  const document = (...words: readonly string[]) => JSON.parse(run('--json', ...words).stdout);
  const user = { key: 'user', value: 'qemu', line: 1, type: 'string' };
  assert.deepEqual(document('show'), {
    version: 1,
    entries: [
      user,
      { key: 'max_files', value: '9007199254740993', line: 2, type: 'integer' },
      { key: 'nvram', value: [], line: 3, type: 'list' },
    ],
    findings: [
      {
        code: 'VP_QEMU_CONF_VALUE',
        severity: 'error',
        message: "value for 'max_files' parameter must be in range 0:4294967295",
        hint: 'write a whole number without quotes',
        path: `ROOT/${conf}`,
        line: 2,
      },
    ],
  });
  assert.deepEqual(document('lint').findings, document('show').findings);
  assert.deepEqual(document('get', 'user'), { version: 1, ...user });
  assert.deepEqual(document('get', 'group'), { version: 1, key: 'group', value: null });
  const file = `ROOT/${conf}`;
  const after = { ...user, value: 'q' };
  const rest = { file, key: 'user', findings: [] };
  assert.deepEqual(document('set', 'user', 'q'), {
    version: 1,
    ...rest,
    changed: true,
    before: user,
    after,
  });
  assert.deepEqual(document('set', 'user', 'q'), {
    version: 1,
    ...rest,
    changed: false,
    before: after,
    after,
  });
  assert.deepEqual(document('unset', 'user').after, null);
});

test('a syntax error as a document has its line', (context) => {
  const { exitCode, stdout } = makeImage(context, '\n\nuser = x\n').run('--json', 'show');
  assert.equal(exitCode, 3);
  const { code, line, path } = JSON.parse(stdout).error;
  assert.deepEqual([code, line, path], ['VP_QEMU_CONF_SYNTAX', 3, `ROOT/${conf}`]);
});
