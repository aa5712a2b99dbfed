import { parseLaunch, type VmFileReader } from '../request/launch-request.ts';
import { parseName } from '../request/names.ts';
import { directories, lastText } from '../request/option-values.ts';
import { type Options, type OptionTable, readOptions, usage } from '../request/options.ts';
import type { LaunchRequest } from '../request.ts';

interface Named {
  readonly name: string;
  readonly stateDirectory: string | null;
  readonly runDirectory: string | null;
}

export interface AdoptRequest extends Named {
  readonly command: 'adopt';
  readonly pid: number;
}

export interface StopRequest extends Named {
  readonly command: 'stop';
  /** How long the guest may take to power down, in milliseconds. */
  readonly timeout: number;
}

export type ServiceRequest = LaunchRequest | AdoptRequest | StopRequest;

const shared = ['state-dir', 'run-dir'];
const adoptOptions: OptionTable = { texts: [...shared, 'pid'], flags: [], positionals: true };
const stopOptions: OptionTable = { texts: [...shared, 'timeout'], flags: [], positionals: true };
/** Less than the 90 s that a service manager waits by default: the end that follows needs its time too. */
const usualTimeout = '60';
/** PID_MAX_LIMIT of the kernel. */
const largestPid = 4_194_304;
const longestTimeout = 86_400;

/** The words of a command for services as one request; VP_USAGE when they make none. */
export function parseService(words: readonly string[], readVm: VmFileReader): ServiceRequest {
  const [command, ...rest] = words;
  if (command === 'adopt') return parseAdopt(rest);
  if (command === 'stop') return parseStop(rest);
  return parseLaunch('prepare', rest, readVm);
}

function parseAdopt(words: readonly string[]): AdoptRequest {
  const options = readOptions(words, adoptOptions);
  const pid = numberOf(lastText(options, 'pid'), largestPid);
  if (pid === null || pid === 0) throw usage('adopt wants --pid PID, the number of a process');
  return { command: 'adopt', ...named(options, 'adopt'), pid };
}

function parseStop(words: readonly string[]): StopRequest {
  const options = readOptions(words, stopOptions);
  const seconds = numberOf(lastText(options, 'timeout') ?? usualTimeout, longestTimeout);
  if (seconds === null) throw usage(`--timeout wants seconds, 0 to ${longestTimeout}`);
  return { command: 'stop', ...named(options, 'stop'), timeout: seconds * 1000 };
}

function named(options: Options, command: string): Named {
  const [name, ...more] = options.positionals;
  if (name === undefined || more.length > 0) {
    throw usage(`${command} wants one NAME`, 'see `qemu-launch list` for the names');
  }
  const { stateDirectory, runDirectory } = directories(options);
  return { name: parseName(name), stateDirectory, runDirectory };
}

function numberOf(text: string | null, most: number): number | null {
  return text !== null && /^[0-9]{1,9}$/.test(text) && Number(text) <= most ? Number(text) : null;
}
