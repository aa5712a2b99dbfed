import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { policyOf } from './provision.ts';

/** The error that this policy file is refused with. */
export function refusalOf(id: string, text: string): AppError {
  try {
    policyOf(id, text);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error(`accepted: ${text}`);
}

/** Text, what the message says after the file's name, and the hint. */
type Refusal = readonly [string, string, RegExp];

/** A test for each text: fedora-44 refuses it, with file, line and column. */
export function refusals(table: readonly Refusal[]): void {
  for (const [text, message, hint] of table) {
    test(`refused: ${JSON.stringify(text)}`, () => {
      const error = refusalOf('fedora-44', text);
      assert.equal(error.message, `policy.yaml:${message}`);
      assert.match(error.hint ?? '', hint);
      assert.match(error.code, /^VP_POLICY_(SYNTAX|INVALID)$/);
      assert.equal(
        `policy.yaml:${error.line}:${error.column}`,
        error.message.split(':', 3).join(':'),
      );
    });
  }
}
