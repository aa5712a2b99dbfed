import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './scratch.ts';

/** The text of a page of the documentation, by its path in the project. */
export function readPage(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** The fenced blocks of that kind, in order: what to type or to paste. */
export function blocksOf(text: string, kind: string): readonly string[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, info, body = '']) =>
    info === kind ? [body] : [],
  );
}

/** The one block of that kind on a page. */
export function blockOf(path: string, kind: string): string {
  const [block, ...more] = blocksOf(readPage(path), kind);
  if (block === undefined || more.length > 0) throw new Error(`${path}: ${kind}`);
  return block;
}

export interface Section {
  readonly heading: string;
  readonly text: string;
}

/** What stands below each heading of the second level. */
export function sectionsOf(text: string): readonly Section[] {
  return text.split(/^## /m).map((part) => {
    const [heading = '', ...lines] = part.split('\n');
    return { heading, text: lines.join('\n') };
  });
}
