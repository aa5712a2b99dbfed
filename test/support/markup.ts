export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const token = /<!DOCTYPE html>|<(\/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+="[^"<]*")*)\s*(\/?)>|[^<>]+/gy;

/** Reads HTML that is XML as well; throws where a parser of XML would, or where a text holds a bare `<`, `>` or `&`. */
export function parseMarkup(text: string): readonly Element[] {
  const open: string[] = [];
  const elements: Element[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [all, closing, name, attributes = '', empty] = match;
    end = match.index + all.length;
    if (name === undefined) {
      if (open.at(-1) !== 'style' && /&(?!(amp|lt|gt|quot|#39);)/.test(all))
        throw fault(text, match.index);
      continue;
    }
    if (closing === '/') {
      if (open.pop() !== name) throw fault(text, match.index);
      continue;
    }
    if (empty !== '/') open.push(name);
    elements.push({ name, attributes: parseAttributes(attributes) });
  }
  if (end !== text.length || open.length > 0) throw fault(text, end);
  return elements;
}

function parseAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([a-z-]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

function fault(text: string, place: number): Error {
  return new Error(`not well-formed at ${place}: ${JSON.stringify(text.slice(place, place + 60))}`);
}
