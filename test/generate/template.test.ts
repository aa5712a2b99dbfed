import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTemplate } from '../../src/generate/template.ts';
import { templates } from '../support/provision.ts';

function render(template: string, values: object = {}): string {
  return renderTemplate('t', { t: template }, values);
}

test('values stand as they are, without any escaping', () => {
  const text = `<&>"'%$\`\\;é`;
  assert.equal(render('a <%= v.text %> <%= v.number %>\n', { text, number: 7 }), `a ${text} 7\n`);
});

const refusedValues: readonly (readonly [unknown, string])[] = [
  ['a\nb', 'a value has a line break or a control character'],
  ['a\rb', 'a value has a line break or a control character'],
  ['a\u0000b', 'a value has a line break or a control character'],
  ['a\u001bb', 'a value has a line break or a control character'],
  ['a\u0085b', 'a value has a line break or a control character'],
  ['a\u2028b', 'a value has a line break or a control character'],
  ['a\u202eb', 'a value has a line break or a control character'],
  ['a\ud800b', 'a value has a line break or a control character'],
  [undefined, 'a value is undefined'],
  [null, 'a value is null'],
  [true, 'a value is boolean'],
  [{}, 'a value is object'],
];

for (const [value, message] of refusedValues) {
  test(`the value ${JSON.stringify(value)} is refused with the line`, () => {
    assert.throws(() => render('one\n<%= v.value %>\n', { value }), {
      code: 'VP_TEMPLATE',
      message: `template t: line 2: ${message}`,
    });
  });
}

const refusedTemplates: readonly (readonly [string, string])[] = [
  ['<%- v.a %>', 'template t: unescaped output is not used here'],
  ["<%= include('/etc/passwd') %>", 'template t: line 1: include() is not used here'],
  ["<% include('../secret', {}) %>", 'template t: line 1: include() is not used here'],
  ["\n<%= include('t') %>", 'template t: line 2: include() is not used here'],
  ['<%= name %>', 'template t: line 1: name is not defined'],
  ['<%= v.a.b %>', "template t: line 1: Cannot read properties of undefined (reading 'b')"],
];

for (const [template, message] of refusedTemplates) {
  test(`the template ${JSON.stringify(template)} is refused`, () => {
    assert.throws(() => render(template), { code: 'VP_TEMPLATE', message });
  });
}

test('a broken template is an error that names it', () => {
  assert.throws(() => render('<% if (true) { %>'), {
    code: 'VP_TEMPLATE',
    message: /^template t: /,
  });
});

test('a template that is not there is an error that names it', () => {
  for (const name of ['missing', '__proto__', 'toString']) {
    const message = `template ${name}: there is no such template`;
    assert.throws(() => renderTemplate(name, {}, {}), { code: 'VP_TEMPLATE', message });
  }
});

test('no shipped template has unescaped output', () => {
  assert.ok(Object.keys(templates).length >= 12);
  for (const [name, text] of Object.entries(templates)) assert.doesNotMatch(text, /<%-/, name);
});
