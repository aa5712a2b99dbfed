/** The two programs, as they name themselves in messages. */
export type Program = 'provision' | 'qemu-launch';

/**
 * The one table from error code to exit status: [provision, qemu-launch].
 * docs/exit-codes.md repeats it for people and a test compares the two.
 */
export const exitCodes = {
  VP_USAGE: [2, 2],
  VP_INTERNAL: [1, 125],
  VP_INTERRUPTED: [130, 125],
  VP_FILE_READ: [1, 125],
  VP_FILE_WRITE: [1, 125],
  VP_MISSING_TOOL: [4, 125],
  VP_MISSING_PRIVILEGE: [4, 125],
  // provision
  VP_TARGET_UNKNOWN: [1, 125],
  VP_POLICY_SYNTAX: [1, 125],
  VP_POLICY_INVALID: [1, 125],
  VP_TEMPLATE: [1, 125],
  VP_ROOT_INVALID: [1, 125],
  VP_OUT_INVALID: [1, 125],
  VP_ID_TAKEN: [1, 125],
  VP_TOOL_FAILED: [1, 125],
  VP_APPLY_UNPROVEN: [1, 125],
  VP_ROOT_BUSY: [1, 125],
  VP_REVERT_REFUSED: [1, 125],
  // qemu.conf and identity
  VP_QEMU_CONF_SYNTAX: [1, 125],
  VP_QEMU_CONF_VALUE: [1, 125],
  VP_IDENTITY_UNKNOWN: [1, 125],
  VP_IDENTITY_INVALID: [1, 125],
  VP_SESSION_IDENTITY: [1, 125],
  // qemu-launch
  VP_ENVIRONMENT_UNSAFE: [1, 125],
  VP_NAME_INVALID: [1, 125],
  VP_NAME_IN_USE: [1, 125],
  VP_EMULATOR_NOT_FOUND: [1, 127],
  VP_EMULATOR_NOT_EXECUTABLE: [1, 126],
  VP_ARGUMENT_REFUSED: [1, 125],
  VP_ARGUMENT_MALFORMED: [1, 125],
  VP_ARGUMENT_UNKNOWN_PATH: [1, 125],
  VP_DESCRIPTOR_INVALID: [1, 125],
  VP_INTERFACE: [1, 125],
  VP_PATH_MISSING: [1, 125],
  VP_PATH_KIND: [1, 125],
  VP_PATH_UNTRUSTED: [1, 125],
  VP_PATH_ACCESS: [1, 125],
  VP_PATH_IN_USE: [1, 125],
  VP_IMAGE_INVALID: [1, 125],
  VP_IMAGE_REFERENCE: [1, 125],
  VP_CLAIM_FAILED: [1, 125],
  VP_LEDGER_UNTRUSTED: [1, 125],
  VP_LEDGER_DAMAGED: [1, 125],
  VP_LEDGER_BUSY: [1, 125],
  VP_NATIVE_STEP: [1, 125],
  VP_LANDLOCK_MISSING: [1, 125],
  VP_VERIFICATION_FAILED: [1, 125],
} as const satisfies Record<string, readonly [number, number]>;

export type ErrorCode = keyof typeof exitCodes;

/** What is worth saying and stops nothing: no exit status belongs to these. */
export type WarningCode =
  | 'VP_WARN_ROOT_IDENTITY'
  | 'VP_WARN_NO_FORMAT'
  | 'VP_WARN_DEVICE'
  | 'VP_WARN_IDS'
  | 'VP_WARN_ACCOUNTS'
  | 'VP_WARN_OLD_FILE'
  | 'VP_WARN_RESTART'
  | 'VP_WARN_ACCOUNT_KEPT'
  | 'VP_WARN_JOURNAL'
  | 'VP_WARN_QEMU_CONF'
  | 'VP_WARN_HELPER'
  | 'VP_WARN_SCRIPT'
  | 'VP_WARN_RELAXED'
  | 'VP_WARN_TARGET_NEWER'
  | AuditCode
  | LintCode;

/** What `provision audit` finds. */
export type AuditCode =
  | 'VP_AUDIT_ROOT'
  | 'VP_AUDIT_GROUP'
  | 'VP_AUDIT_CAPABILITY'
  | 'VP_AUDIT_BOUNDING'
  | 'VP_AUDIT_NO_NEW_PRIVS'
  | 'VP_AUDIT_SECCOMP'
  | 'VP_AUDIT_THREADS'
  | 'VP_AUDIT_WORLD_READABLE'
  | 'VP_AUDIT_UNREAD'
  | 'VP_AUDIT_INCOMPLETE';

/** What `provision lint` finds. */
export type LintCode =
  | 'VP_LINT_SYNTAX'
  | 'VP_LINT_KEY'
  | 'VP_LINT_STYLE'
  | 'VP_LINT_MODE'
  | 'VP_LINT_UACCESS'
  | 'VP_LINT_GROUP'
  | 'VP_LINT_STATIC_NODE'
  | 'VP_LINT_RPM'
  | 'VP_LINT_ACCOUNT'
  | 'VP_LINT_CONFLICT'
  | 'VP_LINT_ORDER'
  | 'VP_LINT_KVM'
  | 'VP_LINT_MANIFEST'
  | 'VP_LINT_TOOL'
  | 'VP_LINT_NOT_RUN';

/** One remark of a plan or a check; `error` means that the thing would be refused. */
export interface Finding {
  readonly code: ErrorCode | WarningCode;
  readonly severity: 'error' | 'warning' | 'info';
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly hint: string;
}

export interface ErrorDetails {
  /** What to do about it; several lines become several hints. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A failure with a promised code: what failed, on what, why; `hint` says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = 'AppError';
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
    this.line = details.line;
    this.column = details.column;
  }
}

/** A failure as one remark among others; about `path` where the error names none or another. */
export function toFinding(error: AppError, path: string | undefined = error.path): Finding {
  const { code, message, hint = '' } = error;
  return { code, severity: 'error', ...(path === undefined ? {} : { path }), message, hint };
}

/** The exit status that `program` promises for `error`; anything unforeseen is internal. */
export function exitCodeOf(error: unknown, program: Program): number {
  const code = error instanceof AppError ? error.code : 'VP_INTERNAL';
  return exitCodes[code][program === 'provision' ? 0 : 1];
}

export interface ReportStyle {
  readonly json: boolean;
  /** Lines bear syslog priorities `<N>`, for a service's journal. */
  readonly journal: boolean;
}

export interface ErrorReport {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The one place that turns an error into text, JSON and an exit status. */
export function describeError(error: unknown, program: Program, style: ReportStyle): ErrorReport {
  return {
    stdout: style.json ? `${JSON.stringify(errorDocument(error))}\n` : '',
    stderr: errorLines(error, program, style.journal),
    exitCode: exitCodeOf(error, program),
  };
}

function errorDocument(error: unknown): object {
  const { code, message, hint, path, line, column } = asAppError(error);
  return { version: 1, error: { code, message, hint, path, line, column } };
}

function errorLines(error: unknown, program: Program, journal: boolean): string {
  const { message, hint } = asAppError(error);
  const hints = (hint ?? '').split('\n').filter((text) => text !== '');
  return [
    messageLine(program, 'error', message, journal),
    ...hints.map((text) => messageLine(program, 'hint', text, journal)),
  ].join('');
}

/** One line for people: `PROGRAM: LEVEL: TEXT`, with a syslog priority under systemd. */
export function messageLine(
  program: Program,
  level: 'error' | 'warning' | 'hint' | 'info',
  text: string,
  journal: boolean,
): string {
  const priority = { error: '<3>', warning: '<4>', hint: '<5>', info: '<6>' }[level];
  return `${journal ? priority : ''}${program}: ${level}: ${withoutControls(text)}\n`;
}

/** A file name may hold escape sequences: a terminal must never obey them. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('VP_INTERNAL', `internal error: ${text}`, {
    cause: error,
    hint: 'this is a bug of this program: report it with the command that was run',
  });
}
