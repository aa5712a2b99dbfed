import { type Finding, messageLine } from '../errors.ts';
import type { PolicySetting } from '../policy/policy-setting.ts';

/** What the program was started with; nothing below this asks the process itself. */
export interface Context {
  /** The program's own file: its package is found from there. */
  readonly programFile: string;
  /** The native part. */
  readonly addonFile: string;
  /** The programs beside it that checks start. */
  readonly verifyExec: string;
  readonly launcherFile: string;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** stdout is a terminal and nothing asks for plain text. */
  readonly hasColour: boolean;
  /** stdout is a terminal, which can be drawn anew. */
  readonly isTerminal: boolean;
  /** False once stdout takes no more: its reader has gone, or its disk is full. */
  readonly hasReader: () => boolean;
  /** stderr is a terminal, so that progress can be shown. */
  readonly isInteractive: boolean;
  /** stderr goes to the journal, which reads priorities. */
  readonly isJournal: boolean;
  /** Aborted when somebody interrupts the program. */
  readonly signal: AbortSignal;
}

/** The options that every command takes. */
export interface GlobalOptions {
  readonly policy?: string;
  readonly target?: string;
  /** Of the commands that know `--set`. */
  readonly set?: readonly PolicySetting[];
  readonly root: string;
  readonly json?: true;
  readonly color: boolean;
}

export function writeJson(context: Context, document: object): void {
  context.writeOut(`${JSON.stringify({ version: 1, ...document }, null, 2)}\n`);
}

/** Says what a plan found, for people; an error is said by whoever it stops. */
export function writeFindings(context: Context, findings: readonly Finding[]): void {
  for (const { severity, message, hint } of findings) {
    context.writeError(messageLine('provision', severity, message, context.isJournal));
    if (hint !== '') context.writeError(messageLine('provision', 'hint', hint, context.isJournal));
  }
}
