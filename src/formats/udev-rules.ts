import { parseUdevValue, printUdevValue, type UdevValue } from './udev-value.ts';

export type UdevOperator = '==' | '!=' | '=' | '+=' | '-=' | ':=';

/** One `KEY{attribute}OPERATOR"value"` of a rule. */
export interface UdevToken extends UdevValue {
  readonly key: string;
  readonly attribute: string | null;
  readonly operator: UdevOperator;
  /** What stands between the token before and this one: blanks and commas. */
  readonly gap: string;
}

/** One rule, its continuation lines joined; `line` is where it starts, `tail` what follows the last token. */
export interface UdevRule {
  readonly line: number;
  readonly tokens: readonly UdevToken[];
  readonly tail: string;
}

/** A rule that udev cannot read and leaves out as a whole. */
export interface UdevFault {
  readonly line: number;
  readonly message: string;
}

export interface UdevRules {
  readonly rules: readonly UdevRule[];
  readonly faults: readonly UdevFault[];
}

/** Reads a file of udev(7) rules as systemd-udevd does: what it cannot read is a fault, not an error. */
export function parseUdevRules(text: string): UdevRules {
  const rules: UdevRule[] = [];
  const faults: UdevFault[] = [];
  for (const logical of joinLines(text)) {
    const rule = parseRule(logical);
    if ('tokens' in rule) rules.push(rule);
    else faults.push(rule);
  }
  return { rules, faults };
}

/** A token as it can stand in a rule. */
export function printUdevToken({ key, attribute, operator, ...value }: UdevToken): string {
  const name = attribute === null ? key : `${key}{${attribute}}`;
  return `${name}${operator}${printUdevValue(value)}`;
}

/** Whether the token asks; the others assign. */
export function isMatch({ operator }: UdevToken): boolean {
  return operator === '==' || operator === '!=';
}

interface LogicalLine {
  readonly line: number;
  readonly text: string;
  readonly isOpen: boolean;
}

// A comment among continued lines is left out, and the rule goes on behind it.
function joinLines(text: string): readonly LogicalLine[] {
  const joined: LogicalLine[] = [];
  let open: LogicalLine | null = null;
  for (const [index, physical] of text.replace(/\n$/, '').split('\n').entries()) {
    const content = physical.trim();
    if (content.startsWith('#')) continue;
    const isOpen = content.endsWith('\\');
    const whole: LogicalLine = {
      line: open?.line ?? index + 1,
      text: (open?.text ?? '') + (isOpen ? content.slice(0, -1) : content),
      isOpen,
    };
    open = isOpen ? whole : null;
    if (open === null && whole.text !== '') joined.push(whole);
  }
  return open === null ? joined : [...joined, open];
}

function parseRule({ line, text, isOpen }: LogicalLine): UdevRule | UdevFault {
  if (isOpen) return { line, message: 'the file ends where this rule is to be continued' };
  const tokens: UdevToken[] = [];
  for (let at = 0; ; ) {
    const gap = /[\s,]*/y;
    gap.lastIndex = at;
    const blank = gap.exec(text)?.[0] ?? '';
    at += blank.length;
    if (at >= text.length) return { line, tokens, tail: blank };
    const token = parseToken(text, at, blank);
    if (token === null) return { line, message: `not KEY OPERATOR "VALUE": ${text.slice(at)}` };
    tokens.push(token.token);
    at = token.end;
  }
}

function parseToken(text: string, at: number, gap: string) {
  const start = /([^\s={+\-!:]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*/y;
  start.lastIndex = at;
  const [whole, key, attribute, operator] = start.exec(text) ?? [];
  if (whole === undefined || key === undefined) return null;
  const parsed = parseUdevValue(text, at + whole.length);
  if (parsed === null) return null;
  const { end, ...value } = parsed;
  const name = { key, attribute: attribute ?? null, operator: operator as UdevOperator };
  return { token: { ...name, ...value, gap }, end };
}
