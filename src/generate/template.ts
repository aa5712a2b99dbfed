import ejs from 'ejs';
import { AppError } from '../errors.ts';

/** Path below templates/ → text. */
export type Templates = Readonly<Record<string, string>>;

/**
 * Renders `templates[name]`; in the template the values are `v`. No value is escaped: one that could
 * end a line or start another is refused with VP_TEMPLATE, and so are include() and unescaped output.
 */
export function renderTemplate(name: string, templates: Templates, values: object): string {
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (template === undefined) throw templateError(name, 'there is no such template');
  if (/<%[-]/.test(template)) throw templateError(name, 'unescaped output is not used here');
  try {
    return compileOnce(templates, name, template)({ ...values });
  } catch (error) {
    throw templateError(name, briefMessage(error), error);
  }
}

type Compiled = (values: object) => string;

// Every target renders the same templates.
const compiled = new WeakMap<Templates, Map<string, Compiled>>();

function compileOnce(templates: Templates, name: string, template: string): Compiled {
  const known = compiled.get(templates) ?? new Map<string, Compiled>();
  compiled.set(templates, known);
  const render = known.get(name) ?? ejs.compile(template, { ...options, filename: name });
  known.set(name, render);
  return render;
}

const options = {
  strict: true,
  localsName: 'v',
  async: false,
  escape: printValue,
  // Called before ejs would read any file.
  includer: (): never => {
    throw new Error('include() is not used here');
  },
} as const;

function printValue(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Error(`a value is ${value === null ? 'null' : typeof value}`);
  }
  const text = String(value);
  if (!/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return text;
  throw new Error('a value has a line break or a control character');
}

// ejs puts NAME:LINE and the template's lines above a message, and advice below a syntax error.
function briefMessage(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  if (error instanceof SyntaxError) return lines[0] ?? '';
  const number = /:(\d+)$/.exec(lines[0] ?? '')?.[1];
  const message = lines.at(-1) ?? '';
  return number === undefined ? message : `line ${number}: ${message}`;
}

function templateError(name: string, message: string, cause?: unknown): AppError {
  return new AppError('VP_TEMPLATE', `template ${name}: ${message}`, { path: name, cause });
}
