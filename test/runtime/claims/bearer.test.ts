import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ClaimRecord } from '../../../src/formats/claim-record.ts';
import { adoptRecord, bearerOf, nobody } from '../../../src/runtime/claims/bearer.ts';
import type { GiveBackContext } from '../../../src/runtime/claims/give-back.ts';
import { makeLedger, readRecord, writeRecord } from '../../../src/runtime/claims/ledger.ts';
import { isLive } from '../../../src/runtime/claims/liveness.ts';
import { readBootId } from '../../../src/runtime/process-facts.ts';
import { makeRecord } from '../../support/claim-record.ts';
import { native } from '../../support/native.ts';
import { makeScratch } from '../../support/scratch.ts';

const self = bearerOf(process.pid);

function makeContext(test: TestContext, record: ClaimRecord): GiveBackContext {
  const ledger = makeLedger(native, `${makeScratch(test)}/state`);
  writeRecord(ledger, record);
  return { native, ledger, bootId: readBootId() };
}

test('who adopts a prepared record stands on it', (context) => {
  const prepared = makeRecord({ bootId: readBootId(), ...nobody });
  const ledger = makeContext(context, prepared);
  assert.deepEqual(adoptRecord(ledger, 'web', self), { ...prepared, ...self });
  assert.deepEqual(readRecord(ledger.ledger, 'web'), { ...prepared, ...self });
  // A unit that is started twice asks twice.
  assert.deepEqual(adoptRecord(ledger, 'web', self), { ...prepared, ...self });
});

const refusals: readonly (readonly [string, Partial<ClaimRecord>, string, RegExp])[] = [
  ['nobody prepared', nobody, 'other', /^no VM named other is prepared$/],
  ['was prepared before a restart', { ...nobody, bootId: 'b0' }, 'web', /^no VM named web is prep/],
  ['runs already', { pid: 1, startTime: '1' }, 'web', /^no VM named web waits: .* \(pid 1\)$/],
];

for (const [what, changes, name, message] of refusals) {
  test(`a VM that ${what} cannot be adopted`, (context) => {
    const ledger = makeContext(context, makeRecord({ bootId: readBootId(), ...changes }));
    assert.throws(() => adoptRecord(ledger, name, self), { code: 'VP_NAME_IN_USE', message });
  });
}

const lives: readonly (readonly [string, Partial<ClaimRecord>, boolean])[] = [
  ['of this process', self, true],
  ['that waits for a process', nobody, true],
  ['that waited when the machine stopped', { ...nobody, bootId: 'b0' }, false],
  ['of this process in another boot', { ...self, bootId: 'b0' }, false],
  ['of an older process with this pid', { ...self, startTime: '1' }, false],
  ['of a pid that nobody has', { pid: 2 ** 22 + 1, startTime: '1' }, false],
];

for (const [what, changes, stands] of lives) {
  test(`a record ${what} ${stands ? 'stands' : 'is a dead one’s'}`, () => {
    const bootId = readBootId();
    assert.equal(isLive(makeRecord({ bootId, ...changes }), bootId), stands);
  });
}
