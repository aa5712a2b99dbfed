import { writeSync } from 'node:fs';
import { describeError, messageLine } from '../errors.ts';
import type { Installation, Output } from './commands.ts';
import { performCommand } from './commands.ts';
import { refuseUnsafeEnvironment } from './environment.ts';
import { helpText } from './help.ts';
import { loadNative } from './native.ts';
import type { Surroundings } from './prepare.ts';
import type { Request } from './request.ts';
import { optionsOf, parseRequest } from './request.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Runs the launcher on the words after its name: the exit status, or never once QEMU runs. */
export function main(
  installation: Installation,
  words: readonly string[],
  variables: Variables,
): number {
  const output = openOutput(variables);
  try {
    refuseUnsafeEnvironment(variables);
    return perform(installation, parseRequest(words), variables, output);
  } catch (error) {
    return fail(error, words, output);
  }
}

function openOutput(variables: Variables): Output & { readonly journal: boolean } {
  const journal = variables['JOURNAL_STREAM'] !== undefined;
  return {
    journal,
    product: (text) => print(1, text),
    say: (level, text) => print(2, messageLine('qemu-launch', level, text, journal)),
  };
}

function print(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done);
  }
}

function perform(
  installation: Installation,
  request: Request,
  variables: Variables,
  output: Output,
): number {
  if (request.command === 'help') output.product(helpText);
  if (request.command === 'version') output.product(`qemu-launch ${installation.version}\n`);
  if (request.command === 'help' || request.command === 'version') return 0;
  const surroundings = observe(installation, variables);
  return performCommand(installation, surroundings, request, output);
}

function observe(installation: Installation, variables: Variables): Surroundings {
  return {
    native: loadNative(installation.addon),
    variables,
    mode: process.geteuid?.() === 0 ? 'system' : 'session',
    directory: process.cwd(),
    pid: process.pid,
  };
}

function fail(
  error: unknown,
  words: readonly string[],
  output: Output & { readonly journal: boolean },
): number {
  const json = optionsOf(words).includes('--json');
  const report = describeError(error, 'qemu-launch', { json, journal: output.journal });
  print(2, report.stderr);
  output.product(report.stdout);
  return statusFor(words[0] ?? '', report.exitCode);
}

// `plan` answers a question: a launch that would be refused is the answer 3, not a failure.
// `restore` and `list` start no emulator: 125 to 127 would say something about one.
function statusFor(command: string, exitCode: number): number {
  if (exitCode < 125 || exitCode > 127) return exitCode;
  if (command === 'plan') return 3;
  return command === 'restore' || command === 'list' ? 1 : exitCode;
}
