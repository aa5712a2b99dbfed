import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { outcomeOfFindings, passed, runChecks, skipped } from '../../src/verify/check.ts';

const { signal } = new AbortController();

test('checks run one after the other, each with its time', async () => {
  const order: string[] = [];
  const results = await runChecks(
    [
      {
        id: 'device',
        run: async () => {
          order.push('device');
          await Promise.resolve();
          order.push('device ended');
          return passed('yes', ['seen']);
        },
      },
      {
        id: 'accounts',
        run: () => {
          order.push('accounts');
          return skipped('why not', 'what to do');
        },
      },
    ],
    signal,
  );
  assert.deepEqual(order, ['device', 'device ended', 'accounts']);
  assert.ok(results.every(({ seconds }) => seconds >= 0));
  assert.deepEqual(
    results.map(({ seconds, ...rest }) => rest),
    [
      { id: 'device', status: 'pass', summary: 'yes', evidence: ['seen'], hint: '' },
      { id: 'accounts', status: 'skip', summary: 'why not', evidence: [], hint: 'what to do' },
    ],
  );
});

for (const [code, status] of [
  ['VP_MISSING_TOOL', 'skip'],
  ['VP_MISSING_PRIVILEGE', 'skip'],
  ['VP_TOOL_FAILED', 'fail'],
  ['VP_FILE_READ', 'fail'],
] as const satisfies readonly (readonly [ErrorCode, string])[]) {
  test(`${code} in a check is ${status}, and the next one runs`, async () => {
    const run = () => {
      throw new AppError(code, 'it failed', { hint: 'mend it' });
    };
    const next = { id: 'device', run: () => passed('yes') } as const;
    const [first, second] = await runChecks([{ id: 'accounts', run }, next], signal);
    assert.deepEqual(
      [first?.status, first?.summary, first?.hint],
      [status, 'it failed', 'mend it'],
    );
    assert.equal(second?.status, 'pass');
  });
}

for (const error of [new AppError('VP_INTERRUPTED', 'interrupted'), new TypeError('a bug')]) {
  test(`${error.name} in a check ends them all`, async () => {
    const run = () => {
      throw error;
    };
    await assert.rejects(runChecks([{ id: 'accounts', run }], signal), error);
  });
}

test('an interruption between two checks ends them', async () => {
  const stop = new AbortController();
  const reason = new AppError('VP_INTERRUPTED', 'interrupted');
  const first = {
    id: 'accounts',
    run: () => {
      stop.abort(reason);
      return passed('yes');
    },
  } as const;
  const second = { id: 'device', run: () => assert.fail('it must not run') } as const;
  await assert.rejects(runChecks([first, second], stop.signal), reason);
});

test('the worst finding is the outcome, the others are evidence', () => {
  const finding = { code: 'VP_WARN_IDS', hint: 'hint' } as const;
  const [info, warning, error] = (['info', 'warning', 'error'] as const).map((severity) => {
    return { ...finding, severity, message: severity };
  });
  assert.ok(info && warning && error);
  assert.equal(outcomeOfFindings([info], []), null);
  assert.deepEqual(outcomeOfFindings([info, warning], ['seen']), {
    status: 'warn',
    summary: 'warning',
    evidence: ['seen'],
    hint: 'hint',
  });
  assert.deepEqual(outcomeOfFindings([warning, error], []), {
    status: 'fail',
    summary: 'error',
    evidence: ['warning'],
    hint: 'hint',
  });
});
