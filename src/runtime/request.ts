import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../errors.ts';
import { parseName } from './names.ts';
import type { AllowedPath } from './qemu-args/parse.ts';

/** Where the launcher keeps what must outlive it, and what must not. */
export interface Directories {
  readonly state: string;
  readonly run: string;
}

export interface LaunchRequest {
  readonly command: 'run' | 'exec' | 'plan';
  readonly name: string | null;
  readonly conf: string | null;
  readonly user: string | null;
  readonly group: string | null;
  readonly claim: readonly string[];
  readonly leave: readonly string[];
  readonly readOnly: readonly string[];
  readonly allow: readonly AllowedPath[];
  readonly env: Readonly<Record<string, string>>;
  readonly report: string | null;
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

const directoryOptions = {
  'state-dir': { type: 'string' },
  'run-dir': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const launchOptions = {
  ...directoryOptions,
  name: { type: 'string' },
  conf: { type: 'string' },
  user: { type: 'string' },
  group: { type: 'string' },
  claim: { type: 'string', multiple: true },
  leave: { type: 'string', multiple: true },
  'read-only': { type: 'string', multiple: true },
  allow: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
  report: { type: 'string' },
} as const;

const restoreOptions = { ...directoryOptions, all: { type: 'boolean' } } as const;

/** The words after the program's name as one request; VP_USAGE when they make none. */
export function parseRequest(words: readonly string[]): Request {
  const command = words[0];
  const rest = words.slice(1);
  const options = optionsOf(words);
  if (options.includes('--help') || options.includes('-h')) return { command: 'help' };
  if (command === '--version') return { command: 'version' };
  if (command === 'run' || command === 'exec' || command === 'plan') {
    return parseLaunch(command, rest);
  }
  if (command === 'restore') return parseRestore(rest);
  if (command === 'list') return parseList(rest);
  throw usage(command === undefined ? 'no command' : `unknown command ${JSON.stringify(command)}`);
}

/** A usage error with the way to the help. */
export function usage(message: string, hint = 'see `qemu-launch --help`'): AppError {
  return new AppError('VP_USAGE', message, { hint });
}

/** The words that are for this program, not for the emulator. */
export function optionsOf(words: readonly string[]): readonly string[] {
  return words.slice(0, separatorOf(words));
}

function separatorOf(words: readonly string[]): number {
  const at = words.indexOf('--');
  return at < 0 ? words.length : at;
}

function parseLaunch(command: LaunchRequest['command'], words: readonly string[]): LaunchRequest {
  const at = separatorOf(words);
  const values = readOptions(words.slice(0, at), launchOptions);
  if (at === words.length) {
    throw usage(
      'no `--` before the emulator',
      `write it as: qemu-launch ${command} [OPTIONS] -- EMULATOR ARG…`,
    );
  }
  const [emulator, ...rest] = words.slice(at + 1);
  if (emulator === undefined || emulator === '') throw usage('no emulator after `--`');
  return {
    command,
    name: values.name === undefined ? null : parseName(values.name),
    conf: values.conf ?? null,
    user: values.user ?? null,
    group: values.group ?? null,
    claim: paths(values.claim, '--claim'),
    leave: paths(values.leave, '--leave'),
    readOnly: paths(values['read-only'], '--read-only'),
    allow: (values.allow ?? []).map(parseAllow),
    env: Object.fromEntries((values.env ?? []).map(parseVariable)),
    report: path(values.report, '--report'),
    ...directories(values),
    emulator,
    arguments: rest,
  };
}

function parseRestore(words: readonly string[]): RestoreRequest {
  const all = words.includes('--all');
  const { values, positionals } = readWords(words, restoreOptions, !all);
  const [name, ...more] = positionals;
  if ((name === undefined) === !all || more.length > 0) {
    throw usage('restore wants one NAME or --all', 'see `qemu-launch list` for the names');
  }
  return {
    command: 'restore',
    name: name === undefined ? null : parseName(name),
    ...directories(values),
  };
}

function parseList(words: readonly string[]): ListRequest {
  return { command: 'list', ...directories(readOptions(words, directoryOptions)) };
}

interface DirectoryValues {
  readonly 'state-dir'?: string | undefined;
  readonly 'run-dir'?: string | undefined;
  readonly json?: boolean | undefined;
}

function directories(values: DirectoryValues) {
  return {
    stateDirectory: path(values['state-dir'], '--state-dir'),
    runDirectory: path(values['run-dir'], '--run-dir'),
    json: values.json ?? false,
  };
}

function path(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  if (text === '') throw usage(`${option} wants a path`);
  return resolve(text);
}

function paths(texts: readonly string[] | undefined, option: string): readonly string[] {
  return (texts ?? []).map((text) => path(text, option) ?? '');
}

function parseAllow(text: string): AllowedPath {
  const writes = text.endsWith(':rw');
  const plain = text.replace(/:r[wo]$/, '');
  if (plain === '') throw usage('--allow wants PATH or PATH:rw');
  return { path: resolve(plain), access: writes ? 'rw' : 'ro' };
}

function parseVariable(text: string): readonly [string, string] {
  const found = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (found?.[1] === undefined || found[2] === undefined) {
    throw usage(`--env wants NAME=VALUE, not ${JSON.stringify(text)}`);
  }
  return [found[1], found[2]];
}

type OptionTable = Readonly<Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>>;

function readOptions<T extends OptionTable>(words: readonly string[], options: T) {
  return readWords(words, options, false).values;
}

function readWords<T extends OptionTable>(
  words: readonly string[],
  options: T,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals, strict: true });
  } catch (cause) {
    throw usage(describeProblem(cause), 'see `qemu-launch --help`');
  }
}

// Node adds advice about `--` that is wrong here: only its first sentence is kept.
function describeProblem(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const first = text.split(/\. |\n/)[0] ?? text;
  return first.charAt(0).toLowerCase() + first.slice(1);
}
