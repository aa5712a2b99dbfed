import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JUnitCase, printJUnit } from '../../src/formats/junit.ts';
import { parseMarkup } from '../support/markup.ts';

const base: JUnitCase = {
  name: 'device',
  seconds: 0.5,
  result: 'passed',
  message: 'it is right',
  details: ['first', 'second'],
};

test('a report with every result', () => {
  const cases = (['passed', 'failure', 'error', 'skipped'] as const).map((result) => {
    return { ...base, result };
  });
  assert.equal(
    printJUnit('provision verify', cases),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite name="provision verify" tests="4" failures="1" errors="1" skipped="1" time="2.000">
<testcase classname="provision verify" name="device" time="0.500"><system-out>it is right
first
second</system-out></testcase>
<testcase classname="provision verify" name="device" time="0.500"><failure message="it is right">first
second</failure></testcase>
<testcase classname="provision verify" name="device" time="0.500"><error message="it is right">first
second</error></testcase>
<testcase classname="provision verify" name="device" time="0.500"><skipped message="it is right">first
second</skipped></testcase>
</testsuite>
</testsuites>
`,
  );
});

test('any text stays text', () => {
  const hostile = '</failure>"\'&<![CDATA[ ]]>\u0000\u001b[31m\ud800 ä';
  const report = printJUnit(hostile, [
    { ...base, result: 'failure', message: hostile, details: [hostile] },
  ]);
  parseMarkup(report.replace(/^<\?xml.*\n/, ''));
  assert.ok(
    report.includes('&lt;/failure&gt;&quot;&#39;&amp;&lt;![CDATA[ ]]&gt;\\x00\\x1b[31m\\u{d800} ä'),
    report,
  );
});
