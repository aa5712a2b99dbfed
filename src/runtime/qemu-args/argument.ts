import { AppError, type ErrorCode, type Finding } from '../../errors.ts';

/** One option with its argument, or a bare image name. */
export interface Argument {
  /** Without dashes, by its canonical name; null: a bare image name. */
  readonly option: string | null;
  /** Empty where there is none. */
  readonly value: string;
  /** As it was given. */
  readonly text: string;
  /** Which word of the command line it begins with; not there where it stands in a file. */
  readonly place?: number;
}

/** A name for messages: `-drive`, not its whole value, which may be long or hold a secret. */
export function describeArgument({ option, value }: Argument): string {
  return option === null ? `the image ${shorten(value)}` : `-${shorten(option)}`;
}

/** Enough of a value to recognise it. */
export function shorten(text: string, limit = 160): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`;
}

export function refuse(code: ErrorCode, message: string, hint: string, path?: string): Finding {
  return { code, severity: 'error', message, hint, ...(path === undefined ? {} : { path }) };
}

/** Runs one reader; what it throws about the argument becomes a finding that names it. */
export function attempt<Result>(
  argument: Argument,
  read: (argument: Argument) => Result,
  recover: (finding: Finding) => Result,
): Result {
  try {
    return read(argument);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return recover(describeError(argument, error));
  }
}

function describeError(argument: Argument, { code, message, hint, path }: AppError): Finding {
  const text = `${describeArgument(argument)}: ${shorten(message, 400)}`;
  return refuse(code, text, hint ?? 'see qemu(1)', path);
}
