import { describeError } from '../errors.ts';
import type { Installation } from './commands.ts';
import { performCommand } from './commands.ts';
import { refuseUnsafeEnvironment } from './environment.ts';
import { loadNative } from './native.ts';
import type { Output } from './output.ts';
import { openOutput, print } from './output.ts';
import type { Surroundings } from './prepare.ts';
import { lazy } from './qemu-args/lazy.ts';
import { helpText } from './request/help.ts';
import { readVmFile } from './request/vm-file.ts';
import type { Request } from './request.ts';
import { optionsOf, parseRequest } from './request.ts';

/** The environment, as Node has it. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Runs the launcher on the words after its name: the exit status, or never once QEMU runs. */
export function main(
  installation: Installation,
  words: readonly string[],
  variables: Variables,
): number {
  const output = openOutput(variables['JOURNAL_STREAM']);
  try {
    refuseUnsafeEnvironment(variables);
    const surroundings = lazy(() => observe(installation, variables));
    const request = parseRequest(words, (name) => readVmFile(surroundings(), name));
    return perform(installation, request, surroundings, output);
  } catch (error) {
    return fail(error, words, output);
  }
}

function perform(
  installation: Installation,
  request: Request,
  surroundings: () => Surroundings,
  output: Output,
): number {
  if (request.command === 'help') output.product(helpText);
  if (request.command === 'version') output.product(`qemu-launch ${installation.version}\n`);
  if (request.command === 'help' || request.command === 'version') return 0;
  return performCommand(installation, surroundings(), request, output);
}

/** What a command takes from where it runs. */
export function observe(installation: Installation, variables: Variables): Surroundings {
  return {
    native: loadNative(installation.addon),
    variables,
    mode: process.geteuid?.() === 0 ? 'system' : 'session',
    directory: process.cwd(),
    pid: process.pid,
  };
}

/** Says what went wrong and returns its exit status. */
export function fail(error: unknown, words: readonly string[], output: Output): number {
  const json = optionsOf(words).includes('--json');
  const report = describeError(error, 'qemu-launch', { json, journal: output.journal });
  printLast(2, report.stderr);
  printLast(1, report.stdout);
  return statusFor(words[0] ?? '', report.exitCode);
}

// There is nowhere left to say that this could not be said: the exit status remains.
function printLast(descriptor: number, text: string): void {
  try {
    print(descriptor, text);
  } catch {
    return;
  }
}

// `plan` answers a question: a launch that would be refused is the answer 3, not a failure.
// The others start no emulator: 125 to 127 would say something about one.
function statusFor(command: string, exitCode: number): number {
  if (exitCode < 125 || exitCode > 127) return exitCode;
  if (command === 'plan') return 3;
  return ['restore', 'list', 'adopt', 'stop'].includes(command) ? 1 : exitCode;
}
