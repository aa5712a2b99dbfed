import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '../../src/errors.ts';
import type { Target } from '../../src/targets/target.ts';
import { parseTargets } from '../../src/targets/targets.ts';
import { target, targetsText } from '../support/provision.ts';

const fact = (value: unknown) =>
  `{ value: ${value}, source: "the distribution", confidence: inferred }`;

/** A further entry at the end of the shipped table; `more` are lines of facts. */
function withEntry(id: string, head: string, more = ''): string {
  return `${targetsText}  ${id}:\n${head}${more}`;
}

function lastOf(text: string): Target {
  const last = parseTargets(text, 't').at(-1);
  assert.ok(last);
  return last;
}

const versions = '{ rpm: "6.0", systemd: "259", rpmMacroValue: 1, source: x, confidence: code }';
const asFedora = `    family: fedora\n    release: ${versions}\n`;

test('an entry like another has its facts, and its own over them', () => {
  const found = lastOf(withEntry('rocky-7', '    like: rhel-7\n', `    uid: ${fact(1)}\n`));
  const { sources, ...facts } = target('rhel-7');
  assert.deepEqual(found, {
    ...facts,
    id: 'rocky-7',
    uid: 1,
    sources: { ...sources, uid: 'the distribution (inferred)' },
  });
});

test('traits go over the family, later ones over earlier ones, own facts over all', () => {
  const traits = '    traits: [rules-in-etc, rules-in-lib]\n';
  const own = `    rulesDirectory: ${fact('/own')}\n`;
  assert.equal(lastOf(withEntry('f-1', asFedora)).rulesDirectory, '/usr/lib/udev/rules.d');
  assert.equal(lastOf(withEntry('f-1', asFedora, traits)).rulesDirectory, '/lib/udev/rules.d');
  assert.equal(lastOf(withEntry('f-1', asFedora, traits + own)).rulesDirectory, '/own');
});

test('release writes three facts on one evidence', () => {
  const { rpm, systemd, rpmMacroValue, sources } = lastOf(withEntry('f-1', asFedora));
  assert.deepEqual([rpm, systemd, rpmMacroValue], ['6.0', '259', 1]);
  assert.deepEqual(
    [sources['rpm'], sources['systemd'], sources['rpmMacroValue']],
    ['x (code)', 'x (code)', 'x (code)'],
  );
});

const damaged: readonly (readonly [string, string, RegExp])[] = [
  [
    'no source',
    '    uid: { value: 1, confidence: code }\n',
    /^t:\d+:10: 'fedora-1\.uid\.source' is missing$/,
  ],
  [
    'no confidence',
    '    uid: { value: 1, source: x }\n',
    /'fedora-1\.uid\.confidence' is missing$/,
  ],
  [
    'a confidence nobody defined',
    '    uid: { value: 1, source: x, confidence: sure }\n',
    /'fedora-1\.uid\.confidence' is 'sure'$/,
  ],
  ['an unknown fact', `    colour: ${fact('red')}\n`, /the fact 'colour' is not known$/],
  [
    'a wrong type',
    `    uid: ${fact('"107"')}\n`,
    /'fedora-1\.uid' must be a whole number, not the string '107'$/,
  ],
  ['a wrong choice', `    kvmMode: ${fact('"0777"')}\n`, /'fedora-1\.kvmMode' is '0777'$/],
];

for (const [what, line, message] of damaged) {
  test(`a table with ${what} is refused with file and line`, () => {
    assert.throws(
      () => parseTargets(withEntry('fedora-1', asFedora, line), 't'),
      (error: AppError) => {
        assert.equal(error.code, 'VP_INTERNAL');
        assert.match(error.message, message);
        assert.ok(Number(error.line) > 150);
        return true;
      },
    );
  });
}

const damagedHeads: readonly (readonly [string, string, RegExp])[] = [
  [
    'without a version',
    '    family: fedora\n    release: { rpm: "4.18", source: x, confidence: code }\n',
    /the fact 'systemd' is missing$/,
  ],
  ['without a family', `    release: ${versions}\n`, /'f-1\.family' is missing$/],
  ['of an unknown family', `    family: suse\n`, /'f-1\.family' is 'suse'$/],
  ['like one that there is not', '    like: rhel-6\n', /'f-1\.like' is 'rhel-6'$/],
  ['like itself', '    like: f-1\n', /'f-1\.like' is 'f-1'$/],
  ['like one that is like another', '    like: centos-7\n', /'f-1\.like' is 'centos-7'$/],
  [
    'of an unknown trait',
    `${asFedora}    traits: [modern]\n`,
    /'f-1\.traits' names the trait 'modern', which there is not$/,
  ],
  [
    'with a release without evidence',
    '    family: fedora\n    release: { rpm: "6.0", systemd: "259" }\n',
    /'f-1\.release\.source' is missing$/,
  ],
  [
    'with a release of other facts',
    '    family: fedora\n    release: { uid: 1, source: x, confidence: code }\n',
    /unknown key 'uid' in 'f-1\.release'$/,
  ],
];

for (const [what, head, message] of damagedHeads) {
  test(`an entry ${what} is refused`, () => {
    assert.throws(() => parseTargets(withEntry('f-1', head), 't'), {
      code: 'VP_INTERNAL',
      message,
    });
  });
}
