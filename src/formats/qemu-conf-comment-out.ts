import type { ConfEntry } from './qemu-conf.ts';

/**
 * The text with one statement made a comment below a note that says why. Statements that share its line
 * get lines of their own. A comment starts its line, since libvirt's augeas lens reads no other.
 */
export function commentOut(text: string, entry: ConfEntry, why: string): string {
  const eol = lineEnding(text);
  const start = text.lastIndexOf(entry.key, entry.start - 1);
  const [before, indent] = splitIndent(text.slice(0, start));
  const isFirst = /(^|[\r\n])$/.test(before);
  const statement = `${isFirst ? indent : ''}${text.slice(start, entry.end)}`;
  const commented = `#${statement.replace(/\r\n|\n|\r/g, '$&#')}`;
  const gap = isFirst ? '' : `${indent}${eol}`;
  return `${before}${gap}# commented out: ${why}${eol}${commented}${rest(text.slice(entry.end), eol)}`;
}

/** What a new line of this file ends with. */
export function lineEnding(text: string): string {
  // A comment that ends so is within the lens, a statement is not: only where there is one is it kept up.
  return /(^|\n)(?!#)[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}

function splitIndent(text: string): readonly [string, string] {
  const indent = /[ \t]*$/.exec(text)?.[0] ?? '';
  return [text.slice(0, text.length - indent.length), indent];
}

// A `;` would stand inside the comment and take the statement behind it along.
function rest(text: string, eol: string): string {
  const separator = /^[ \t]*;[ \t]*/.exec(text)?.[0];
  if (separator === undefined) return text;
  const behind = text.slice(separator.length);
  return behind === '' || /^[\r\n]/.test(behind) ? behind : eol + behind;
}
