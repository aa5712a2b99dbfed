// Expressions for the browser: what it makes of a page, where a stylesheet alone does not say it.

/** The elements that reach over the page's edges, and how wide the page is; what scrolls by itself may. */
export const overflowProbe = `(() => {
  const width = document.documentElement.clientWidth;
  const mayScroll = (element) => element.closest('.hidden, .skip, .sign.info + .word') ?? element.parentElement.closest('.scroll');
  const outside = [...document.body.querySelectorAll('*')].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return !mayScroll(element) && (left < 0 || right > width + 0.5);
  });
  const clipped = [...document.body.querySelectorAll('p, h1, h2, h3, dt, dd, li')].filter((element) => {
    return !mayScroll(element) && element.scrollWidth > element.clientWidth + 1;
  });
  return {
    width,
    scrollWidth: document.documentElement.scrollWidth,
    faults: [...outside, ...clipped].map((element) => element.outerHTML.slice(0, 80)),
  };
})()`;

/** What the overflow probe gives. */
export interface Overflow {
  readonly width: number;
  readonly scrollWidth: number;
  readonly faults: readonly string[];
}

/** Every text that is seen, with its colour and that of what lies behind it. */
export const colourProbe = `(() => {
  const background = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    const isClear = colour === 'rgba(0, 0, 0, 0)';
    return isClear && element.parentElement ? background(element.parentElement) : colour;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const { data, parentElement: parent } = walker.currentNode;
    if (data.trim() === '' || parent.closest('.hidden, .skip, .sign.info + .word') || parent.getClientRects().length === 0) continue;
    texts.push({ text: data.trim().slice(0, 40), ink: getComputedStyle(parent).color, paper: background(parent) });
  }
  return texts;
})()`;

/** A text of the colour probe; its colours as \`rgb(1, 2, 3)\`. */
export interface ColouredText {
  readonly text: string;
  readonly ink: string;
  readonly paper: string;
}

/** What has the focus: where it leads to, what it is, and whether its outline is seen. */
export const focusProbe = `(() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height, top, bottom } = element.getBoundingClientRect();
  return {
    name: element.getAttribute('href') ?? element.id,
    kind: element.className || element.localName,
    isOutlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
    isInView: width > 2 && height > 2 && bottom > 0 && top < innerHeight,
  };
})()`;

/** What the focus probe gives. */
export interface Focus {
  readonly name: string;
  readonly kind: string;
  readonly isOutlined: boolean;
  readonly isInView: boolean;
}
