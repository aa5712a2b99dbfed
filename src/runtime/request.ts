import type { LimitWish } from './configure/limits.ts';
import type { AllowedPath } from './qemu-args/parse.ts';
import { parseLaunch, type VmFileReader } from './request/launch-request.ts';
import { parseName } from './request/names.ts';
import { directories, lastText } from './request/option-values.ts';
import type { OptionTable } from './request/options.ts';
import { readOptions, usage } from './request/options.ts';

/** Where the launcher keeps what must outlive it, and what must not. */
export interface Directories {
  readonly state: string;
  readonly run: string;
}

export interface LaunchRequest {
  readonly command: 'run' | 'exec' | 'plan' | 'prepare';
  readonly name: string | null;
  readonly conf: string | null;
  readonly user: string | null;
  readonly group: string | null;
  readonly claim: readonly string[];
  readonly leave: readonly string[];
  readonly readOnly: readonly string[];
  readonly allow: readonly AllowedPath[];
  readonly limits: readonly LimitWish[];
  readonly env: Readonly<Record<string, string>>;
  readonly report: string | null;
  readonly landlock: 'auto' | 'require' | 'off';
  readonly landlockTcp: boolean;
  readonly stateDirectory: string | null;
  readonly runDirectory: string | null;
  readonly json: boolean;
  readonly emulator: string;
  readonly arguments: readonly string[];
}

export interface RestoreRequest {
  readonly command: 'restore';
  /** One VM, or null for all that are dead. */
  readonly name: string | null;
  /** The exit status of a QEMU that ended soon after its start; null where there is nothing to say of it. */
  readonly ended: number | null;
  readonly stateDirectory: string | null;
  readonly runDirectory: string | null;
  readonly json: boolean;
}

export interface ListRequest {
  readonly command: 'list';
  readonly stateDirectory: string | null;
  readonly runDirectory: string | null;
  readonly json: boolean;
}

export interface HelpRequest {
  readonly command: 'help';
}

export interface VersionRequest {
  readonly command: 'version';
}

export type Request = LaunchRequest | RestoreRequest | ListRequest | HelpRequest | VersionRequest;

const shared = { texts: ['state-dir', 'run-dir'], flags: ['json'] };
const sharedOptions: OptionTable = { ...shared, positionals: false };
const restoreOptions: OptionTable = {
  // Said by the waiting parent, of a QEMU that has ended soon after its start: its status.
  texts: [...shared.texts, 'ended'],
  flags: ['json', 'all'],
  positionals: true,
};
const allOptions: OptionTable = { ...restoreOptions, positionals: false };

/** The words after the program's name as one request; VP_USAGE when they make none. `readVm` is asked for `--vm`. */
export function parseRequest(words: readonly string[], readVm: VmFileReader): Request {
  const command = words[0];
  const rest = words.slice(1);
  const options = optionsOf(words);
  if (options.includes('--help') || options.includes('-h')) return { command: 'help' };
  if (command === '--version') return { command: 'version' };
  if (command === 'run' || command === 'exec' || command === 'plan') {
    return parseLaunch(command, rest, readVm);
  }
  if (command === 'restore') return parseRestore(rest);
  if (command === 'list') return parseList(rest);
  throw usage(command === undefined ? 'no command' : `unknown command ${JSON.stringify(command)}`);
}

/** The words that are for this program, not for the emulator. */
export function optionsOf(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--');
  return at < 0 ? words : words.slice(0, at);
}

function parseRestore(words: readonly string[]): RestoreRequest {
  const all = words.includes('--all');
  const options = readOptions(words, all ? allOptions : restoreOptions);
  const [name, ...more] = options.positionals;
  if ((name === undefined) === !all || more.length > 0) {
    throw usage('restore wants one NAME or --all', 'see `qemu-launch list` for the names');
  }
  return {
    command: 'restore',
    name: name === undefined ? null : parseName(name),
    ended: parseEnded(lastText(options, 'ended')),
    ...directories(options),
  };
}

function parseEnded(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw usage(`--ended wants an exit status, not ${JSON.stringify(text)}`);
}

function parseList(words: readonly string[]): ListRequest {
  return { command: 'list', ...directories(readOptions(words, sharedOptions)) };
}
