import { resolve } from 'node:path';
import { parseName } from './names.ts';
import type { Options, OptionTable } from './options.ts';
import { readOptions, usage } from './options.ts';
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

const shared = { texts: ['state-dir', 'run-dir'], flags: ['json'] };
const sharedOptions: OptionTable = { ...shared, positionals: false };
const restoreOptions: OptionTable = { ...shared, flags: ['json', 'all'], positionals: true };
const allOptions: OptionTable = { ...restoreOptions, positionals: false };
const launchOptions: OptionTable = {
  texts: [
    ...shared.texts,
    'name',
    'conf',
    'user',
    'group',
    'claim',
    'leave',
    'read-only',
    'allow',
    'env',
    'report',
  ],
  flags: shared.flags,
  positionals: false,
};

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
  const options = readOptions(words.slice(0, at), launchOptions);
  if (at === words.length) {
    throw usage(
      'no `--` before the emulator',
      `write it as: qemu-launch ${command} [OPTIONS] -- EMULATOR ARG…`,
    );
  }
  const [emulator, ...rest] = words.slice(at + 1);
  if (emulator === undefined || emulator === '') throw usage('no emulator after `--`');
  const name = lastText(options, 'name');
  return {
    command,
    name: name === null ? null : parseName(name),
    conf: lastText(options, 'conf'),
    user: lastText(options, 'user'),
    group: lastText(options, 'group'),
    claim: paths(options, 'claim'),
    leave: paths(options, 'leave'),
    readOnly: paths(options, 'read-only'),
    allow: texts(options, 'allow').map(parseAllow),
    env: Object.fromEntries(texts(options, 'env').map(parseVariable)),
    report: lastPath(options, 'report'),
    ...directories(options),
    emulator,
    arguments: rest,
  };
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
    ...directories(options),
  };
}

function parseList(words: readonly string[]): ListRequest {
  return { command: 'list', ...directories(readOptions(words, sharedOptions)) };
}

function directories(options: Options) {
  return {
    stateDirectory: lastPath(options, 'state-dir'),
    runDirectory: lastPath(options, 'run-dir'),
    json: options.flags.includes('json'),
  };
}

function texts(options: Options, name: string): readonly string[] {
  return options.texts[name] ?? [];
}

function lastText(options: Options, name: string): string | null {
  return texts(options, name).at(-1) ?? null;
}

function lastPath(options: Options, name: string): string | null {
  const text = lastText(options, name);
  return text === null ? null : path(text, name);
}

function paths(options: Options, name: string): readonly string[] {
  return texts(options, name).map((text) => path(text, name));
}

function path(text: string, name: string): string {
  if (text === '') throw usage(`--${name} wants a path`);
  return resolve(text);
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
