import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { printAudit } from '../../src/cli/print-audit.ts';
import { auditOf } from '../support/audit-pages.ts';
import { blocksOf, readPage } from '../support/page.ts';
import { parsePng } from '../support/png.ts';
import { judgementOf } from '../support/process-facts.ts';
import { projectRoot } from '../support/scratch.ts';

/** What is printed of a process like the one that somebody started as root. */
const lines = { Uid: '0\t0\t0\t0', Gid: '0\t0\t0\t0', Groups: '' };
const printed = printAudit(auditOf(judgementOf(lines, { pid: 189, guest: 'build' })), false);
const [table = '', findings = ''] = printed.split('\n\n');

for (const page of ['README.md', 'docs/audit.md']) {
  test(`${page} shows what the program prints`, () => {
    const blocks = blocksOf(readPage(page), 'console');
    const [shown = ''] = blocks.filter((text) => text.startsWith('# provision audit'));
    const words = (text = '') => text.split(/ {2,}/);
    assert.deepEqual(words(shown.split('\n')[1]), words(table.split('\n')[0]));
    assert.ok(shown.includes(`\n${findings}\n`), findings);
    assert.match(shown, /\n\n3 QEMU processes: 1 fail, 1 with warnings, 1 pass\n$/);
  });
}

test('the pictures of the page are there, light and dark, of one size', () => {
  const pictures = ['light', 'dark'].map((scheme) => {
    const path = `docs/audit-${scheme}.png`;
    assert.ok(readPage('README.md').includes(path), path);
    return parsePng(readFileSync(join(projectRoot, path)));
  });
  const [light, dark] = pictures;
  assert.deepEqual([light?.width, light?.height], [dark?.width, dark?.height]);
  const paper = pictures.map(({ pixels }) => [...pixels.subarray(0, 3)]);
  assert.deepEqual(paper, [
    [0xff, 0xff, 0xff],
    [0x14, 0x17, 0x1b],
  ]);
});
