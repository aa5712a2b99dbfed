/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** The contrast of two colours, 1 to 21. Source: WCAG 2.2, relative luminance. */
export function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [one, other].map(luminance).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: Colour): number {
  const linear = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [red = 0, green = 0, blue = 0] = linear;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour of a style sheet: `#rrggbb`, or `rgb(1, 2, 3)` as browsers compute it. */
export function parseColour(text: string): Colour {
  const isHex = text.startsWith('#');
  const words = isHex ? (text.slice(1).match(/../g) ?? []) : (text.match(/[\d.]+/g) ?? []);
  const [red, green, blue, more] = words.map((word) => Number.parseInt(word, isHex ? 16 : 10));
  if (red === undefined || green === undefined || blue === undefined || more !== undefined)
    throw new Error(`no opaque colour: ${text}`);
  return [red, green, blue];
}
