import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitPair } from '../../../src/formats/proc-limits.ts';
import { parseLimitOption } from '../../../src/runtime/request/limit-option.ts';

const accepted: readonly (readonly [string, string, LimitPair])[] = [
  ['nofile=4096', 'nofile', [4096, 4096]],
  ['nofile=0:4096', 'nofile', [0, 4096]],
  ['core=unlimited', 'core', ['unlimited', 'unlimited']],
  ['core=0:unlimited', 'core', [0, 'unlimited']],
  ['as=9007199254740991', 'as', [9007199254740991, 9007199254740991]],
  ['rttime=007', 'rttime', [7, 7]],
];

for (const [text, name, limit] of accepted) {
  test(`--limit ${text}`, () => {
    const wish = { name, limit, from: `--limit ${name}`, isOption: true };
    assert.deepEqual(parseLimitOption(text), wish);
  });
}

const noNumber = (name: string, word: string) =>
  `--limit ${name} wants a number up to 9007199254740991 or "unlimited", not "${word}"`;

const refused: readonly (readonly [string, string])[] = [
  ['', '--limit wants NAME=SOFT[:HARD], not ""'],
  ['nofile', '--limit wants NAME=SOFT[:HARD], not "nofile"'],
  ['=1', '--limit wants NAME=SOFT[:HARD], not "=1"'],
  ['NOFILE=1', '--limit wants NAME=SOFT[:HARD], not "NOFILE=1"'],
  ['rlimit=1', '--limit knows no "rlimit"'],
  ['constructor=1', '--limit knows no "constructor"'],
  ['nofile=', noNumber('nofile', '')],
  ['nofile=:5', noNumber('nofile', '')],
  ['nofile=5:', noNumber('nofile', '')],
  ['nofile=-1', noNumber('nofile', '-1')],
  ['nofile=1e3', noNumber('nofile', '1e3')],
  ['nofile=0x10', noNumber('nofile', '0x10')],
  ['nofile= 1', noNumber('nofile', ' 1')],
  ['nofile=1:2:3', noNumber('nofile', '2:3')],
  ['core=infinity', noNumber('core', 'infinity')],
  ['as=9007199254740992', noNumber('as', '9007199254740992')],
  ['nofile=2:1', '--limit nofile: the soft limit 2 is more than the hard one, 1'],
  ['core=unlimited:5', '--limit core: the soft limit unlimited is more than the hard one, 5'],
];

for (const [text, message] of refused) {
  test(`--limit ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseLimitOption(text), { code: 'VP_USAGE', message });
  });
}

test('an unknown name gets the list of the known ones', () => {
  const hint =
    'it knows cpu, fsize, data, stack, core, rss, nproc, nofile, memlock, as, locks, sigpending, msgqueue, nice, rtprio, rttime';
  assert.throws(() => parseLimitOption('files=1'), { hint });
});
