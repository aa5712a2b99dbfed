import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeHtml } from '../../src/formats/html.ts';

for (const [text, expected] of [
  ['plain – text ✓ 😀', 'plain – text ✓ 😀'],
  ['<b a="1">&\'', '&lt;b a=&quot;1&quot;&gt;&amp;&#39;'],
  ['a\nb\0\x1b\x9f', 'a\\x0ab\\x00\\x1b\\x9f'],
  ['abc\u202edef\u2066', 'abc\\u{202e}def\\u{2066}'],
  ['\ud800', '\\u{d800}'],
  ['\uffff\u{e0041}', '\\u{ffff}\\u{e0041}'],
] as const) {
  test(`escaped: ${JSON.stringify(text)}`, () => assert.equal(escapeHtml(text), expected));
}

test('no text brings markup or a character that XML forbids', () => {
  const isHarmless = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const escaped = escapeHtml(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    assert.doesNotMatch(escaped, /[<>"'\u0000-\u001f\ufffe\uffff]/);
    assert.doesNotMatch(escaped, /&(?!(amp|lt|gt|quot|#39);)/);
  });
  fc.assert(isHarmless);
});
