import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSandbox } from '../../../src/runtime/confinement/sandbox.ts';

const ordinary = {
  given: null,
  isOff: false,
  isKnown: true,
  startsPrograms: false,
  setsAffinity: false,
};
const strict = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

const rows = [
  ['QEMU’s own filter is added', {}, strict],
  ['not where the command line has one', { given: 'off' }, null],
  ['not where qemu.conf has none', { isOff: true }, null],
  ['not where the emulator cannot', { isKnown: false }, null],
  [
    'a helper may start',
    { startsPrograms: true },
    'on,obsolete=deny,elevateprivileges=children,spawn=allow,resourcecontrol=deny',
  ],
  [
    'threads may be bound',
    { setsAffinity: true },
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=allow',
  ],
] as const;

for (const [what, wish, expected] of rows) {
  test(what, () => assert.equal(planSandbox({ ...ordinary, ...wish }), expected));
}
