import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditOf, mixed, mixedPage, pageOf } from '../support/audit-pages.ts';
import { needsBrowser, openTab, type Tab } from '../support/browser.ts';
import { contrast, parseColour } from '../support/contrast.ts';
import {
  type ColouredText,
  colourProbe,
  type Overflow,
  overflowProbe,
} from '../support/page-probes.ts';
import { type Picture, parsePng } from '../support/png.ts';

const schemes = ['light', 'dark'] as const;
const many = pageOf(auditOf(...Array.from({ length: 12 }, () => mixed).flat()));
const pages = [
  ['some processes', mixedPage],
  ['no process', pageOf(auditOf())],
] as const;

async function setScreen(tab: Tab, width: number, scheme: string, media = ''): Promise<void> {
  const features = [{ name: 'prefers-color-scheme', value: scheme }];
  const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: false };
  await tab.send('Emulation.setEmulatedMedia', { media, features });
  await tab.send('Emulation.setDeviceMetricsOverride', metrics);
}

/** A picture of the whole page, however long it is, or of what is in view. */
async function takePicture(tab: Tab, isWhole: boolean): Promise<Picture> {
  const { data } = await tab.send<{ data: string }>('Page.captureScreenshot', {
    format: 'png',
    captureBeyondViewport: isWhole,
  });
  return parsePng(Buffer.from(data, 'base64'));
}

/** How many pixels of these rows and columns are of another colour than the paper, which the first pixel is. */
function countInk(
  { width, pixels }: Picture,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): number {
  let count = 0;
  for (let y = top; y < bottom; y += 1)
    for (let x = left; x < right; x += 1) {
      const at = (y * width + x) * 3;
      if ([0, 1, 2].some((channel) => pixels[at + channel] !== pixels[channel])) count += 1;
    }
  return count;
}

/** No part of the page as high as a hand is empty, and nothing stands in its margins. */
function checkPicture(picture: Picture): void {
  const { width, height } = picture;
  const [band, margin, footer] = [150, 12, 60];
  for (let top = 0; top + band < height - footer; top += band)
    assert.ok(
      countInk(picture, [top, top + band], [0, width]) > 150,
      `empty at ${top} of ${height}`,
    );
  assert.equal(countInk(picture, [0, height], [0, margin]), 0, 'the left margin');
  assert.equal(countInk(picture, [0, height], [width - margin, width]), 0, 'the right margin');
}

test(
  '360, 800 and 1440 pixels, light and dark: nothing is empty, nothing sticks out',
  needsBrowser(),
  async (context) => {
    const tab = await openTab(context);
    for (const [name, page] of pages)
      for (const scheme of schemes)
        for (const width of [360, 800, 1440]) {
          await setScreen(tab, width, scheme);
          await tab.show(page);
          const { faults, ...widths } = await tab.evaluate<Overflow>(overflowProbe);
          const where = `${name}, ${width}, ${scheme}`;
          assert.deepEqual([widths, faults], [{ width, scrollWidth: width }, []], where);
          const isWhole = page === mixedPage && scheme === 'light';
          const picture = await takePicture(tab, isWhole);
          assert.equal(picture.width, width);
          if (isWhole) checkPicture(picture);
          const paper = scheme === 'light' ? [0xff, 0xff, 0xff] : [0x14, 0x17, 0x1b];
          assert.deepEqual([...picture.pixels.subarray(0, 3)], paper, where);
        }
  },
);

for (const [media, scheme] of [
  ['screen', 'light'],
  ['screen', 'dark'],
  ['print', 'light'],
  ['print', 'dark'],
] as const) {
  test(
    `${media}, ${scheme}: every text stands out from what is behind it`,
    needsBrowser(),
    async (context) => {
      const tab = await openTab(context);
      await setScreen(tab, 1440, scheme, media);
      await tab.show(mixedPage);
      const texts = await tab.evaluate<readonly ColouredText[]>(colourProbe);
      assert.ok(texts.length > 200);
      for (const { text, ink, paper } of texts) {
        const found = contrast(parseColour(ink), parseColour(paper));
        assert.ok(found >= 4.5, `${text}: ${ink} on ${paper}: ${found.toFixed(2)}`);
      }
    },
  );
}

test('on paper: A4 across, nothing cut off, no links back', needsBrowser(), async (context) => {
  const tab = await openTab(context);
  // 297 mm less two margins of 12 mm, at 96 pixels for 25.4 mm.
  const width = Math.floor((273 / 25.4) * 96);
  await setScreen(tab, width, 'light', 'print');
  await tab.show(many);
  const { faults, scrollWidth } = await tab.evaluate<Overflow>(overflowProbe);
  assert.deepEqual([scrollWidth, faults], [width, []]);
  const table = "document.querySelector('table').getBoundingClientRect().right";
  assert.ok((await tab.evaluate<number>(table)) <= width);
  const back =
    "[...document.querySelectorAll('.back, .skip, td.more')].every((each) => !each.offsetParent)";
  assert.equal(await tab.evaluate(back), true);
  const { data } = await tab.send<{ data: string }>('Page.printToPDF', { preferCSSPageSize: true });
  const text = Buffer.from(data, 'base64').toString('latin1');
  const sheets = text.match(/\/MediaBox\s*\[\s*0 0 (841|842)[.\d]* (595|594)[.\d]*\s*\]/g) ?? [];
  assert.equal(sheets.length, text.match(/\/Type\s*\/Page\b/g)?.length);
  assert.ok(sheets.length > 10);
});
