import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { walkPath } from '../../../src/runtime/access/path-walk.ts';
import { makeScratch } from '../../support/scratch.ts';

function walk(path: string): { directories: string[]; end: string } {
  const steps = walkPath(path);
  const directories: string[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done) return { directories, end: step.value.path };
    if (step.value.directory === null) directories.push(step.value.path);
  }
}

test('every directory that is searched, in the kernel’s order', (context) => {
  const top = makeScratch(context);
  mkdirSync(`${top}/a/b`, { recursive: true });
  writeFileSync(`${top}/a/b/file`, '');
  symlinkSync('a/./b', `${top}/relative`);
  symlinkSync(`${top}/a`, `${top}/absolute`);
  symlinkSync('../../relative/file', `${top}/a/b/around`);
  const below = walk(top).directories;
  const cases: readonly [string, readonly string[], string][] = [
    ['a/b/file', ['', '/a', '/a/b'], '/a/b/file'],
    ['a//b/../b/./file', ['', '/a', '/a/b', '/a', '/a/b', '/a/b'], '/a/b/file'],
    ['relative/file', ['', '', '/a', '/a', '/a/b'], '/a/b/file'],
    ['relative/..', ['', '', '/a', '/a', '/a/b'], '/a'],
    ['a/b/around', ['', '/a', '/a/b', '/a/b', '/a', '', '', '/a', '/a', '/a/b'], '/a/b/file'],
  ];
  for (const [path, directories, end] of cases) {
    assert.deepEqual(walk(`${top}/${path}`), {
      directories: [...below, ...directories.map((name) => `${top}${name}`)],
      end: `${top}${end}`,
    });
  }
  const absolute = walk(`${top}/absolute/b`);
  assert.deepEqual(absolute.directories, [...below, top, ...below, top, `${top}/a`]);
  assert.equal(absolute.end, `${top}/a/b`);
});

test('each link that is followed, the one at the end marked', (context) => {
  const top = makeScratch(context);
  mkdirSync(`${top}/a`);
  writeFileSync(`${top}/a/file`, '');
  symlinkSync('a', `${top}/way`);
  symlinkSync('way/file', `${top}/end`);
  const links = [...walkPath(`${top}/end`)].filter(({ directory }) => directory !== null);
  assert.deepEqual(
    links.map(({ path, directory, isLast }) => [path, directory?.path, isLast]),
    [
      [`${top}/end`, top, true],
      [`${top}/way`, top, false],
    ],
  );
});

test('the root is its own parent', () => {
  assert.deepEqual(walk('/..'), { directories: ['/'], end: '/' });
  assert.deepEqual(walk('/'), { directories: [], end: '/' });
});

test('the component that is not there is named', (context) => {
  const top = makeScratch(context);
  writeFileSync(`${top}/file`, '');
  symlinkSync('missing/x', `${top}/dangling`);
  symlinkSync('loop', `${top}/loop`);
  const long = 'x'.repeat(300);
  const cases: readonly [string, string, string][] = [
    ['no/such', 'no', 'does not exist'],
    ['dangling', 'missing', 'does not exist'],
    ['file/x', 'file', 'is not a directory'],
    ['file/..', 'file', 'is not a directory'],
    ['loop', 'loop', 'leads through more than 40 symbolic links'],
    [long, long, 'is too long a name'],
  ];
  for (const [path, component, reason] of cases) {
    assert.throws(() => walk(`${top}/${path}`), {
      code: 'VP_PATH_MISSING',
      path: `${top}/${component}`,
      message: `${top}/${component} ${reason}`,
    });
  }
});

test('forty links in a row are followed, as by the kernel, and one more is not', (context) => {
  const top = makeScratch(context);
  writeFileSync(`${top}/0`, '');
  for (let index = 1; index <= 41; index += 1) symlinkSync(`${index - 1}`, `${top}/${index}`);
  assert.equal(walk(`${top}/40`).end, `${top}/0`);
  assert.throws(() => walk(`${top}/41`), { code: 'VP_PATH_MISSING' });
});
