import type { Finding } from '../../errors.ts';
import type { CommandResult } from '../command.ts';

/** What a tool said, and which file of ours each path it may name stands for. */
export interface ToolOutput extends CommandResult {
  readonly sources: ReadonlyMap<string, string>;
  /** The tool is older than what the target has: what it does not know may be well there. */
  readonly isOlder: boolean;
}

type Severity = Finding['severity'];
interface Message {
  readonly path: string | null;
  readonly line: number | null;
  readonly text: string;
}

/** `udevadm verify` (systemd >= 254): `PATH:LINE TEXT` on stderr. What it calls style is for rules of our own. */
export function readUdevadmOutput(output: ToolOutput): readonly Finding[] {
  const messages = messagesOf(output.stderr).filter(({ text }) => !text.startsWith('style: '));
  const found = messages.filter(({ line }) => line !== null);
  return report('udevadm verify', output, found, () => 'warning');
}

/** `systemd-sysusers --dry-run`: faults with their place, and what it does otherwise than asked without one. */
export function readSysusersOutput(output: ToolOutput): readonly Finding[] {
  const announced = /^(Creating |Would |Suggested .* not set|Adding |Successfully )/;
  const found = messagesOf(output.stderr).filter(({ text }) => !announced.test(text));
  return report('systemd-sysusers', output, found, () => 'warning');
}

/** `systemd-tmpfiles --dry-run` (systemd >= 256): faults with their place. */
export function readTmpfilesOutput(output: ToolOutput): readonly Finding[] {
  const found = messagesOf(output.stderr).filter(({ line }) => line !== null);
  return report('systemd-tmpfiles', output, found, () => 'warning');
}

// rpm counts the processors through a shell, which it does not get here.
const shellFailure = 'Failed to open shell expansion pipe';

/** `rpmspec -P`: `error:` and `warning:`, perhaps with `line N:`. */
export function readRpmspecOutput(output: ToolOutput, spec: string): readonly Finding[] {
  const found = output.stderr.split('\n').flatMap((said) => {
    const [, level, line, text] =
      /^(error|warning): (?:\S+: )?(?:line (\d+): )?(.*)$/.exec(said) ?? [];
    if (level === undefined || text === undefined || text.startsWith(shellFailure)) return [];
    return [{ path: spec, line: line === undefined ? null : Number(line), text, level }];
  });
  const isError = ({ level }: { level?: string }) => level === 'error';
  return report('rpmspec -P', output, found, (message) => (isError(message) ? 'error' : 'warning'));
}

/** `rpmlint`: `PATH:LINE: E: TEXT`. Its errors are our warnings, for many are matters of a distribution's taste. */
export function readRpmlintOutput(output: ToolOutput, spec: string): readonly Finding[] {
  const found = output.stdout.split('\n').flatMap((said) => {
    const [, line, level, text] = /^[^\s:]+:(?:(\d+):)? ([EW]): (.*)$/.exec(said) ?? [];
    if (level === undefined || text === undefined) return [];
    return [{ path: spec, line: line === undefined ? null : Number(line), text, level }];
  });
  const isError = ({ level }: { level?: string }) => level === 'E';
  return report('rpmlint', output, found, (message) => (isError(message) ? 'warning' : 'info'));
}

/** The number in `systemd 257 (257.13-1)` or `257`; 0 when there is none. */
export function readSystemdVersion(text: string): number {
  return Number(/^(?:systemd )?(\d+)/.exec(text)?.[1] ?? 0);
}

/** Says that a tool has not looked: nobody may take that for its consent. */
export function notRun(tool: string, why: string, path?: string): Finding {
  const where = path === undefined ? {} : { path };
  const message = `${tool} has not looked: ${why}`;
  return { code: 'VP_LINT_NOT_RUN', severity: 'info', ...where, message, hint: '' };
}

function messagesOf(text: string): readonly Message[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((said) => {
      const [, path, line, rest] = /^(\/[^:]*):(\d+):? (.*)$/.exec(said) ?? [];
      if (path === undefined || rest === undefined) return { path: null, line: null, text: said };
      return { path, line: Number(line), text: rest };
    });
}

// A tool that fails and says nothing that is understood must not pass for content.
function report<M extends Message>(
  tool: string,
  output: ToolOutput,
  messages: readonly M[],
  severityOf: (message: M) => Severity,
): readonly Finding[] {
  if (output.exitCode !== 0 && messages.length === 0) return [failureFinding(tool, output)];
  return messages.map((message) => {
    const isUnknown = output.isOlder && /\b(unknown|invalid key)\b/i.test(message.text);
    return makeFinding(tool, output, message, isUnknown ? 'info' : severityOf(message));
  });
}

function makeFinding(
  tool: string,
  { sources }: ToolOutput,
  { path, line, text }: Message,
  severity: Severity,
): Finding {
  const source = path === null ? undefined : (sources.get(path) ?? path);
  return {
    code: 'VP_LINT_TOOL',
    severity,
    ...(source === undefined ? {} : { path: source }),
    ...(line === null ? {} : { line }),
    message: `${tool}: ${text.trim()}`,
    hint: '',
  };
}

function failureFinding(tool: string, { exitCode, stderr, stdout }: ToolOutput): Finding {
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) || 'no message';
  const message = `${tool} failed with status ${exitCode}: ${said}`;
  return { code: 'VP_LINT_TOOL', severity: 'warning', message, hint: '' };
}
