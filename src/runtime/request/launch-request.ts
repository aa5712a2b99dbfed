import { resolve } from 'node:path';
import { AppError } from '../../errors.ts';
import type { VmFile } from '../../formats/vm-file.ts';
import type { AllowedPath } from '../qemu-args/parse.ts';
import type { LaunchRequest } from '../request.ts';
import { parseLimitOption } from './limit-option.ts';
import { parseName } from './names.ts';
import { directories, lastPath, lastText, paths, texts } from './option-values.ts';
import { type Options, type OptionTable, readOptions, usage } from './options.ts';

/** Reads the file of a VM by its checked name. */
export type VmFileReader = (name: string) => VmFile;

const fileTexts =
  'state-dir run-dir conf user group claim leave read-only allow limit env report landlock';
/** What may stand in a VM file; the others say which file, or are for who calls. */
const fileOptions: OptionTable = {
  texts: fileTexts.split(' '),
  flags: ['landlock-tcp'],
  positionals: false,
};
const launchOptions: OptionTable = {
  texts: [...fileOptions.texts, 'name', 'vm'],
  flags: [...fileOptions.flags, 'json'],
  positionals: false,
};

/** The words of run, exec and plan: options, then `--` and the emulator's, or `--vm` in their place. */
export function parseLaunch(
  command: LaunchRequest['command'],
  words: readonly string[],
  readVm: VmFileReader,
): LaunchRequest {
  const at = words.indexOf('--');
  const own = readOptions(at < 0 ? words : words.slice(0, at), launchOptions);
  const vm = lastText(own, 'vm');
  if (vm !== null) return parseVm(command, own, at, { name: vm, readVm });
  if (at < 0) throw noSeparator(command);
  const [emulator, ...rest] = words.slice(at + 1);
  if (emulator === undefined || emulator === '') throw usage('no emulator after `--`');
  return { command, ...optionValues(own), emulator, arguments: rest };
}

function noSeparator(command: string): AppError {
  const hint = `write it as: qemu-launch ${command} [OPTIONS] -- EMULATOR ARG…`;
  return usage('no `--` before the emulator', hint);
}

interface Vm {
  readonly name: string;
  readonly readVm: VmFileReader;
}

function parseVm(
  command: LaunchRequest['command'],
  own: Options,
  separator: number,
  { name: given, readVm }: Vm,
): LaunchRequest {
  if (separator >= 0) throw usage('--vm takes the place of `--` and the words after it');
  if (lastText(own, 'name') !== null) throw usage('--vm is the name already, --name cannot be');
  const name = parseName(given);
  const vm = readVm(name);
  const values = optionValues(merge(readFileOptions(vm), own));
  return { command, ...values, name, emulator: vm.emulator, arguments: vm.arguments };
}

/** The options that stand in the file; an error in them names it. */
function readFileOptions({ file, options }: VmFile): Options {
  const [other] = options.flatMap((word) => /^--(?:vm|name|json)(?==|$)/.exec(word) ?? []);
  try {
    if (other !== undefined) throw usage(`${other} is for the command line only`);
    const read = readOptions(options, fileOptions);
    // Asked now, while an error can only be the file's.
    optionValues(read);
    return read;
  } catch (error) {
    throw error instanceof AppError ? placed(error, file) : error;
  }
}

function placed({ code, message, hint = '' }: AppError, path: string): AppError {
  return new AppError(code, `${path}: ${message}`, { path, hint });
}

// The command line's come last: of an option that counts once they win, repeatable ones add up.
function merge(file: Options, own: Options): Options {
  const names = Object.keys({ ...file.texts, ...own.texts });
  const all = names.map((name) => [name, [...texts(file, name), ...texts(own, name)]]);
  return { ...own, texts: Object.fromEntries(all), flags: [...file.flags, ...own.flags] };
}

function optionValues(options: Options) {
  const name = lastText(options, 'name');
  return {
    name: name === null ? null : parseName(name),
    conf: lastText(options, 'conf'),
    user: lastText(options, 'user'),
    group: lastText(options, 'group'),
    claim: paths(options, 'claim'),
    leave: paths(options, 'leave'),
    readOnly: paths(options, 'read-only'),
    allow: texts(options, 'allow').map(parseAllow),
    limits: texts(options, 'limit').map(parseLimitOption),
    env: Object.fromEntries(texts(options, 'env').map(parseVariable)),
    report: lastPath(options, 'report'),
    landlock: parseLandlock(lastText(options, 'landlock') ?? 'auto'),
    landlockTcp: options.flags.includes('landlock-tcp'),
    ...directories(options),
  };
}

function parseLandlock(text: string): LaunchRequest['landlock'] {
  if (text === 'auto' || text === 'require' || text === 'off') return text;
  throw usage(`--landlock wants auto, require or off, not ${JSON.stringify(text)}`);
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
