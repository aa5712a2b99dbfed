import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { knownOptions } from '../../../src/runtime/qemu-args/options.ts';
import { allRows, type TableRow } from '../../../src/runtime/qemu-args/resource-rows.ts';
import { brief, makeHost, parse, pathsOf, words } from '../../support/qemu-args.ts';
import { projectRoot } from '../../support/scratch.ts';

const page = readFileSync(join(projectRoot, 'docs/resources.md'), 'utf8');

/** The cells of every line of the table below this heading, without the heading of the table itself. */
function tableBelow(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\|/.test(line));
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

const remarks = new Map([
  ['list', 'several between colons'],
  ['each', 'each that is given'],
  ['created', 'QEMU makes it'],
  ['server', 'QEMU makes it with `server=on`'],
  ['missing', 'QEMU makes it where it is missing'],
  ['optional', 'QEMU goes on without it'],
  ['later', 'QEMU goes on while it is missing'],
  ['search', 'a bare name also among its own files'],
  ['readonly', 'ro with `readonly=on`'],
  ['writable', 'rw with `readonly=off`'],
  ['ask', 'must be named'],
  ['@dbus', 'the path in a D-Bus address'],
  ['@pulse', 'the path in a PulseAudio address'],
  ['@vde', 'its `ctl` where it is a directory'],
  ['@cancel', 'left out: as sysfs has it'],
]);

function remarkOn(flag: string): string {
  if (flag.startsWith('+')) return `with \`${flag.slice(1)}\``;
  return flag.startsWith('-') ? `not with \`${flag.slice(1)}\`` : (remarks.get(flag) ?? flag);
}

function cellsOf({ option, driver, key, fallback, kind, access, flags }: TableRow): string[] {
  const drivers = driver === '*' ? [''] : driver.split('|').map((name) => ` ${name}`);
  const property = key === '' ? [] : [`\`${key}=\``];
  return [
    drivers.map((name) => `\`-${option}${name}\``).join(', '),
    [...property, ...(fallback === null || fallback === '' ? [] : [`\`${fallback}\``])].join(
      ', else ',
    ),
    kind,
    access,
    flags.map(remarkOn).join(', '),
  ];
}

test('docs/resources.md lists every row of the table', () => {
  const rows = allRows().filter(({ kind }) => kind !== 'name');
  assert.deepEqual(tableBelow('Properties and implied nodes'), rows.map(cellsOf));
});

test('docs/resources.md lists every text that is no path', () => {
  const rows = allRows().filter(({ kind }) => kind === 'name');
  const names = rows.map((row) => cellsOf(row).slice(0, 2));
  assert.deepEqual(tableBelow('Texts that are no paths'), names);
});

const host = makeHost({
  '/vm/p.in': '',
  '/vm/p.out': '',
  '/sys/bus/pci/devices/0000:01:00.0/iommu_group': '-> ../../12',
  '/sys/bus/usb/devices/1-2/busnum': '1',
  '/sys/bus/usb/devices/1-2/devnum': '7',
  '/sys/bus/usb/devices/1-2/idVendor': '046d',
  '/sys/bus/usb/devices/1-2/idProduct': 'c52b',
});

test('what docs/resources.md says of its examples is so', () => {
  const examples = tableBelow('Examples');
  assert.ok(examples.length > 30, 'the table is read');
  for (const [line = '', paths = ''] of examples) {
    const opened = pathsOf(line.replaceAll('`', ''), [], host).map((path) => `\`${path}\``);
    assert.equal(opened.join(', ') || 'nothing', paths, line);
  }
});

test('every option of QEMU has its place in docs/resources.md', () => {
  const mentioned = new Set(
    [...page.matchAll(/[` ]-([a-zA-Z][\w-]*)/g)].map(([, option]) => option),
  );
  assert.deepEqual(
    knownOptions().filter((option) => !mentioned.has(option)),
    [],
  );
});

test('options that name nothing of the host are left alone', () => {
  const [, list = ''] = page.split('\n## Options that name nothing\n');
  const options = [...(list.split('\n## ')[0] ?? '').matchAll(/`-([\w-]+)`/g)];
  assert.ok(options.length > 30, 'the list is read');
  for (const [, option = ''] of options) {
    const { paths, findings } = parse(words(`-${option} x`));
    // A switch takes no word: `x` is an image then.
    const own = paths.filter(({ kind }) => kind !== 'disk').map(brief);
    assert.deepEqual(
      [own, findings.filter(({ severity }) => severity === 'error')],
      [[], []],
      option,
    );
  }
});
