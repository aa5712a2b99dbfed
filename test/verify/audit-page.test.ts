import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPage } from '../../src/verify/audit-page.ts';
import type { Audit, Judgement } from '../../src/verify/judgement.ts';
import { contrast, parseColour } from '../support/contrast.ts';
import { fullSet } from '../support/crafted-proc.ts';
import { parseMarkup } from '../support/markup.ts';
import { judgementOf } from '../support/process-facts.ts';

const origin = { host: 'host', time: '2026-11-23 12:00:00 UTC' };

function auditOf(...judgements: readonly Judgement[]): Audit {
  return { judgements, findings: [], isComplete: true, hasRights: true };
}

const bad = judgementOf({ Uid: '0\t0\t0\t0', CapEff: fullSet, CapBnd: fullSet }, { guest: 'bad' });
const good = judgementOf({}, { pid: 8, guest: 'good' });
const page = renderPage(auditOf(bad, good), origin);
const elements = parseMarkup(page.replace(/(<style>)[\s\S]*?(<\/style>)/, '$1$2'));

test('the page is well-formed, and the check can tell', () => {
  assert.ok(elements.length > 100);
  assert.throws(() => parseMarkup('<p><b></p></b>'), /not well-formed/);
  assert.throws(() => parseMarkup('<p>a & b</p>'), /not well-formed/);
  assert.throws(() => parseMarkup('<p a="<">x</p>'), /not well-formed/);
});

test('the page needs no network and no script', () => {
  const names = new Set(elements.map(({ name }) => name));
  for (const name of ['script', 'img', 'iframe', 'object', 'form', 'base', 'link'])
    assert.equal(names.has(name), false, name);
  for (const { name, attributes } of elements) {
    for (const key of Object.keys(attributes)) assert.doesNotMatch(key, /^(on|src|style|action)/);
    const { href } = attributes;
    if (href !== undefined) assert.match(href, /^#/, name);
  }
  assert.doesNotMatch(page, /url\(|@import|https?:|\/\//);
  assert.match(
    page,
    /http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/,
  );
});

test('every link leads to one place of the page', () => {
  const ids = elements.flatMap(({ attributes }) => attributes['id'] ?? []);
  assert.equal(new Set(ids).size, ids.length);
  const links = elements.flatMap(({ attributes }) => attributes['href']?.slice(1) ?? []);
  assert.ok(links.length > 2 * good.properties.length);
  assert.deepEqual(
    links.filter((link) => !ids.includes(link)),
    [],
  );
});

test('the verdict stands on top', () => {
  const main = page.slice(page.indexOf('<main>'));
  assert.match(main, /^<main>\n<section class="verdict fail" aria-labelledby="verdict">/);
  assert.match(
    main,
    /Fail<\/h2>\n<p>QEMU runs with privileges that it must not have. 2 QEMU processes: 1 fail, 0 with warnings, 1 pass.<\/p>/,
  );
});

test('each cell has a word beside its colour, and its explanation below', () => {
  for (const { facts, properties } of [bad, good]) {
    for (const { id, explanation } of properties) {
      const start = page.indexOf(`<div id="p${facts.pid}-${id}"`);
      const detail = page.slice(start, page.indexOf('</div>', start));
      assert.ok(start > 0, id);
      const text = explanation.slice(1).replaceAll("'", '&#39;');
      assert.ok(detail.includes(`${text}.`), `${id}: ${detail}`);
      const cell = new RegExp(
        `<td class="[a-z ]+"><a href="#p${facts.pid}-${id}">.*?<span class="hidden">[a-z ]+: </span>`,
      );
      assert.match(page, cell);
    }
  }
});

test('for keyboard and screen reader: language, headings in order, captions, scopes, a region to scroll', () => {
  assert.equal(elements[0]?.attributes['lang'], 'en');
  const levels = elements.flatMap(({ name }) => (/^h\d$/.test(name) ? Number(name.slice(1)) : []));
  assert.deepEqual([levels[0], new Set(levels.slice(1))], [1, new Set([2, 3])]);
  assert.equal(levels[1], 2);
  const heads = elements.filter(({ name }) => name === 'th');
  const scopes = ['col', 'colgroup', 'row'];
  assert.ok(heads.every(({ attributes }) => scopes.includes(attributes['scope'] ?? '')));
  assert.ok(elements.some(({ name }) => name === 'caption'));
  const region = elements.find(({ attributes }) => attributes['class'] === 'scroll');
  assert.deepEqual(region?.attributes['tabindex'], '0');
  assert.match(page, /:focus-visible/);
});

test('dark, print and narrow screens have their style, with every colour of the light one', () => {
  const colours = (text: string) => new Set(text.match(/--[a-z-]+(?=:)/g));
  const [, light = ''] = /:root \{([\s\S]*?)\}/.exec(page) ?? [];
  const [, dark = ''] = /prefers-color-scheme: dark\) \{\s*:root \{([\s\S]*?)\}/.exec(page) ?? [];
  const [, print = ''] = /@media print \{[\s\S]*?:root \{([\s\S]*?)\}/.exec(page) ?? [];
  assert.deepEqual(colours(dark), colours(light));
  assert.deepEqual(colours(print), colours(light));
  assert.match(page, /name="viewport" content="width=device-width/);
});

test('every text has a contrast of 4.5 at least, light and dark', () => {
  for (const start of [
    /:root \{([\s\S]*?)\}/,
    /prefers-color-scheme: dark\) \{\s*:root \{([\s\S]*?)\}/,
  ]) {
    const [, text = ''] = start.exec(page) ?? [];
    const colours = new Map(
      [...text.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    const colourOf = (name: string) => parseColour(colours.get(name) ?? '');
    const backs = ['paper', 'pass-back', 'warn-back', 'fail-back', 'quiet-back'];
    for (const ink of ['ink', 'quiet', 'link', 'pass', 'warn', 'fail']) {
      for (const back of backs) {
        const found = contrast(colourOf(ink), colourOf(back));
        assert.ok(found >= 4.5, `${ink} on ${back}: ${found.toFixed(2)}`);
      }
    }
  }
});

const hostile = '</title><script>alert(1)</script>"\'&<!--\u202e\u0007\ud800]]>';

test('whatever comes from /proc is text', () => {
  const judgement = judgementOf(
    { Name: 'x<b>' },
    {
      guest: hostile,
      program: `/tmp/${hostile}`,
      evidence: hostile,
      label: hostile,
      landlock: hostile,
      files: [
        { descriptor: 9, path: hostile, isWritable: true, size: 512, uid: 0, gid: 0, mode: 0o600 },
      ],
    },
  );
  const findings = [
    { code: 'VP_AUDIT_INCOMPLETE', severity: 'warning', message: hostile, hint: hostile },
  ] as const;
  const text = renderPage({ ...auditOf(judgement), findings }, { host: hostile, time: hostile });
  const found = parseMarkup(text.replace(/(<style>)[\s\S]*?(<\/style>)/, '$1$2'));
  assert.equal(
    found.some(({ name }) => name === 'script'),
    false,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e\ud800]/u);
  assert.ok(text.includes('\\u{202e}\\x07\\u{d800}'));
  assert.ok((text.match(/&lt;script&gt;/g)?.length ?? 0) >= 8);
});

test('a machine without QEMU, and one that was not seen wholly', () => {
  const empty = renderPage(auditOf(), origin);
  parseMarkup(empty.replace(/(<style>)[\s\S]*?(<\/style>)/, '$1$2'));
  assert.match(empty, /class="verdict pass"[\s\S]*<p>No QEMU process was found.<\/p>/);
  const findings = [
    {
      code: 'VP_AUDIT_INCOMPLETE',
      severity: 'warning',
      message: 'some are hidden',
      hint: 'run it as root',
    },
  ] as const;
  const blind = renderPage({ ...auditOf(), findings, isComplete: false }, origin);
  assert.match(
    blind,
    /class="verdict warn"[\s\S]*What could not be seen[\s\S]*Some are hidden. Run it as root./,
  );
});
