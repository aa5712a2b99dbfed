/** What makes a text unfit for the YAML parser, and where; line and column count from 1. */
export interface UnsafeYaml {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

const maximumCharacters = 262_144;
const maximumDepth = 32;

/**
 * Looks at the text before any parser does: size, characters, tabs as indentation, directives
 * (`%YAML 1.1` would change what words mean) and nesting, which exhausts the parser's memory
 * when it is deep. Null when the text may be parsed.
 */
export function findUnsafeYaml(text: string): UnsafeYaml | null {
  if (text.length > maximumCharacters) {
    return {
      line: 1,
      column: 1,
      message: `the file is longer than ${maximumCharacters} characters`,
    };
  }
  return firstFinding(text.split('\n'));
}

function firstFinding(lines: readonly string[]): UnsafeYaml | null {
  let depth = 0;
  for (const [index, line] of lines.entries()) {
    const reached = followBrackets(line, depth);
    depth = reached.last;
    const finding = reached.deepest > maximumDepth ? tooDeep : findInLine(line);
    if (finding !== null) return { line: index + 1, ...finding };
  }
  return null;
}

type LineFinding = Omit<UnsafeYaml, 'line'>;

const tooDeep: LineFinding = { column: 1, message: `nested deeper than ${maximumDepth} levels` };

function findInLine(line: string): LineFinding | null {
  return findControl(line) ?? findTab(line) ?? findDirective(line) ?? findRepeatedMarks(line);
}

function findControl(line: string): LineFinding | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const column = line.replace(/\r$/, '').search(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufffd]/);
  if (column < 0) return null;
  return { column: column + 1, message: 'a control character, or a byte that is not UTF-8' };
}

function findTab(line: string): LineFinding | null {
  const column = /^[ \t]*\t/.exec(line)?.[0].indexOf('\t');
  if (column === undefined) return null;
  return { column: column + 1, message: 'a tab in the indentation', hint: 'indent with blanks' };
}

function findDirective(line: string): LineFinding | null {
  return line.startsWith('%') ? { column: 1, message: 'a YAML directive' } : null;
}

// `- - - -` and `? ? ? ?` nest without any bracket.
function findRepeatedMarks(line: string): LineFinding | null {
  return /(?:[-?:][ \t]+){32}/.test(line) ? tooDeep : null;
}

// Brackets inside quotes count as well: a policy has no use for that many of them.
function followBrackets(line: string, before: number): { last: number; deepest: number } {
  let last = before;
  let deepest = before;
  for (const bracket of line.match(/[[{\]}]/g) ?? []) {
    last = Math.max(0, last + (bracket === '[' || bracket === '{' ? 1 : -1));
    deepest = Math.max(deepest, last);
  }
  return { last, deepest };
}
