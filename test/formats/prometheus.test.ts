import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGauges } from '../../src/formats/prometheus.ts';

test('gauges with and without labels', () => {
  const text = printGauges([
    { name: 'a', help: 'Of a.', samples: [{ labels: {}, value: 1 }] },
    { name: 'none', help: 'Of none.', samples: [] },
    {
      name: 'b',
      help: 'Of b.',
      samples: [
        { labels: { x: '1', y: 'a"b\\c\nd' }, value: 0.5 },
        { labels: { x: '2', y: '' }, value: 0 },
      ],
    },
  ]);
  assert.equal(
    text,
    '# HELP a Of a.\n# TYPE a gauge\na 1\n' +
      '# HELP b Of b.\n# TYPE b gauge\nb{x="1",y="a\\"b\\\\c\\nd"} 0.5\nb{x="2",y=""} 0\n',
  );
});
