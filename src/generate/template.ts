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
    return ejs.render(template, { ...values }, { ...options, escape: printValue });
  } catch (error) {
    throw templateError(name, lastLine(error), error);
  }
}

// Without a file name ejs looks at no file, and the includer ends every include.
const options = {
  strict: true,
  localsName: 'v',
  async: false,
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

// ejs puts the template's lines above the message.
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = /^ejs:(\d+)$/m.exec(text)?.[1];
  const message = text.split('\n').at(-1) ?? text;
  return line === undefined ? message : `line ${line}: ${message}`;
}

function templateError(name: string, message: string, cause?: unknown): AppError {
  return new AppError('VP_TEMPLATE', `template ${name}: ${message}`, { path: name, cause });
}
