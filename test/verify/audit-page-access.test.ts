import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditOf, mixed, mixedPage, pageOf } from '../support/audit-pages.ts';
import { needsBrowser, openTab, type Tab } from '../support/browser.ts';
import { type Focus, focusProbe } from '../support/page-probes.ts';

interface AccessNode {
  readonly nodeId: string;
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly childIds?: readonly string[];
  readonly properties?: readonly { readonly name: string; readonly value: { value: unknown } }[];
}

interface Spoken {
  readonly role: string;
  readonly name: string;
  readonly level: unknown;
}

/** What a screen reader is given, in the order of reading. */
async function readTree(tab: Tab): Promise<readonly Spoken[]> {
  const { nodes } = await tab.send<{ nodes: readonly AccessNode[] }>('Accessibility.getFullAXTree');
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const walk = (node: AccessNode): readonly Spoken[] => {
    const level = node.properties?.find(({ name }) => name === 'level')?.value.value;
    const own = { role: node.role?.value ?? '', name: node.name?.value ?? '', level };
    const below = (node.childIds ?? []).flatMap((id) => byId.get(id) ?? []).flatMap(walk);
    return node.ignored ? below : [own, ...below];
  };
  return nodes.slice(0, 1).flatMap(walk);
}

test('what a screen reader is told', needsBrowser(), async (context) => {
  const tab = await openTab(context);
  await tab.show(mixedPage);
  const tree = await readTree(tab);
  const named = (role: string) => tree.filter((node) => node.role === role).map(({ name }) => name);
  const title = 'QEMU privileges on host.example';
  assert.deepEqual(named('RootWebArea'), [title]);
  assert.deepEqual(
    tree.filter(({ role, level }) => role === 'heading' && level === 1).map(({ name }) => name),
    [title],
  );
  // The verdict is the first thing in the main part.
  const main = tree.slice(tree.findIndex(({ role }) => role === 'main') + 1);
  const [region, heading] = main.filter(({ role }) => ['region', 'heading'].includes(role));
  assert.deepEqual([region?.role, region?.name], ['region', 'Verdict: Fail']);
  assert.deepEqual([heading?.level, heading?.name], [2, 'Verdict: Fail']);
  assert.deepEqual(named('region').slice(0, 3), [
    'Verdict: Fail',
    'What could not be seen',
    'Processes and their properties',
  ]);
  // Signs are for the eye: no name has one, and each says its word.
  assert.deepEqual(
    tree.filter(({ name }) => /[✓✗]/.test(name)),
    [],
  );
  assert.ok(named('link').includes('fail: root (0)'));
  assert.ok(named('link').every((name) => name !== ''));
});

test(
  'the table has a name, a header for each row and column, and their groups',
  needsBrowser(),
  async (context) => {
    const tab = await openTab(context);
    await tab.show(pageOf(auditOf(...mixed)));
    const tree = await readTree(tab);
    const named = (role: string) =>
      tree.filter((node) => node.role === role).map(({ name }) => name);
    assert.match(named('table').join('|'), /^One row for each process, what fails first\./);
    const titles = mixed[0]?.properties.map((property) => property.title) ?? [];
    const groups = ['Identity', 'Capabilities', 'Confinement', 'For information'];
    const fixed = ['Process', 'Verdict', 'Started by'];
    assert.deepEqual(named('columnheader'), [...fixed, ...groups, ...titles]);
    assert.deepEqual(
      named('rowheader').map((name) => name.slice(0, 4)),
      ['bad ', 'qemu', 'good', 'gggg'],
    );
    const cells = tree.filter(({ role }) => role === 'cell' || role === 'gridcell');
    assert.equal(cells.length, mixed.length * (titles.length + 2));
  },
);

async function press(tab: Tab, key: string, keyCode: number): Promise<void> {
  const text = key === 'Enter' ? { text: '\r' } : {};
  const event = { key, code: key, windowsVirtualKeyCode: keyCode, ...text };
  await tab.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
  await tab.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
}

test(
  'by keyboard: every link in its order, each seen when it has the focus',
  needsBrowser(),
  async (context) => {
    const tab = await openTab(context);
    await tab.show(pageOf(auditOf(...mixed.slice(0, 2))));
    const links = await tab.evaluate<readonly string[]>(
      "[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))",
    );
    const seen: Focus[] = [];
    for (let count = 0; count < links.length + 1; count += 1) {
      await press(tab, 'Tab', 9);
      seen.push(await tab.evaluate<Focus>(focusProbe));
    }
    const [skip, table, ...rest] = seen;
    assert.deepEqual([skip?.kind, table?.kind], ['skip', 'scroll']);
    assert.deepEqual([skip?.name, ...rest.map(({ name }) => name)], links);
    assert.deepEqual(
      seen.filter(({ isOutlined, isInView }) => !isOutlined || !isInView),
      [],
    );
  },
);

test(
  'by keyboard: the table scrolls, and a value leads to its explanation',
  needsBrowser(),
  async (context) => {
    const tab = await openTab(context);
    const metrics = { width: 360, height: 700, deviceScaleFactor: 1, mobile: false };
    await tab.send('Emulation.setDeviceMetricsOverride', metrics);
    await tab.show(mixedPage);
    for (const key of ['skip', 'table']) {
      await press(tab, 'Tab', 9);
      assert.equal((await tab.evaluate<Focus>(focusProbe)).kind, key === 'table' ? 'scroll' : key);
    }
    await press(tab, 'ArrowRight', 39);
    const scrolled = "document.querySelector('.scroll').scrollLeft";
    for (let round = 0; round < 100 && (await tab.evaluate(scrolled)) === 0; round += 1)
      await sleep(20);
    assert.ok((await tab.evaluate<number>(scrolled)) > 0);
    // The first process, its user.
    for (const _ of ['process', 'user']) await press(tab, 'Tab', 9);
    await press(tab, 'Enter', 13);
    assert.equal(await tab.evaluate('location.hash'), '#p7-user');
    const { name, isInView } = await tab.evaluate<Focus>(focusProbe);
    assert.deepEqual([name, isInView], ['p7-user', true]);
  },
);

test(
  'without scripts it is the same page; it asks for nothing else, and breaks none of its own rules',
  needsBrowser(),
  async (context) => {
    const tab = await openTab(context);
    const take = async () => {
      await tab.show(mixedPage);
      return (await tab.send<{ data: string }>('Page.captureScreenshot')).data;
    };
    const before = await take();
    await tab.send('Emulation.setScriptExecutionDisabled', { value: true });
    assert.equal(await take(), before);
    assert.deepEqual([...new Set(tab.requests())], ['file:///tmp/page.html']);
    assert.deepEqual(tab.complaints(), []);
  },
);
