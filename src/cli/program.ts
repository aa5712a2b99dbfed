import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../errors.ts';
import { type Part, parts } from '../host/change.ts';
import { findPackage } from '../host/package-files.ts';
import type { Context, GlobalOptions } from './context.ts';

/** Runs the command that the words ask for and gives its exit status; throws VP_USAGE. */
export async function runProvision(words: readonly string[], context: Context): Promise<number> {
  let exitCode = 0;
  const program = declareProgram(context, (status) => {
    exitCode = status;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
  return exitCode;
}

type Runner<Options> = (context: Context, options: Options) => Promise<number>;
type Finish = (exitCode: number) => void;

function declareProgram(context: Context, finish: Finish): Command {
  const program = declareGlobal(context);
  // Each command's code is loaded when it is called.
  const act = <Options extends GlobalOptions>(load: () => Promise<Runner<Options>>) => {
    return async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const hasColour = context.hasColour && options.color;
      finish(await (await load())({ ...context, hasColour }, options));
    };
  };
  declareTargets(program).action(
    act(async () => (await import('./commands/targets.ts')).runTargets),
  );
  declarePolicy(program).action(act(async () => (await import('./commands/policy.ts')).runPolicy));
  declareGenerate(program).action(
    act(async () => (await import('./commands/generate.ts')).runGenerate),
  );
  declareApply(program).action(act(async () => (await import('./commands/apply.ts')).runApply));
  declareStatus(program).action(act(async () => (await import('./commands/status.ts')).runStatus));
  return program;
}

function declareGlobal({ programFile, writeOut }: Context): Command {
  return new Command('provision')
    .description('Prepare hosts, images and packages for QEMU without privileges.')
    .option(
      '--policy <file>',
      'policy (default: /etc/virt-privileges/policy.yaml of the root)',
      nonEmpty,
    )
    .option(
      '--target <id>',
      'as in `provision targets` (default: the release of the root)',
      nonEmpty,
    )
    .option('--root <dir>', 'host or image to work on', nonEmpty, '/')
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'plain text on terminals too')
    .version(`provision ${findPackage(programFile).version}`)
    .addHelpText('before', example('provision apply --dry-run'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut, writeErr: () => {} })
    .exitOverride();
}

// A script's empty variable must not come to mean the directory it stands in.
function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
}

function declareTargets(program: Command): Command {
  return declare(program, 'targets', 'show the known targets', 'provision targets --json');
}

function declarePolicy(program: Command): Command {
  const usage = 'provision policy --target fedora-44';
  return declare(program, 'policy', 'show the policy in force and where it comes from', usage);
}

function declareGenerate(program: Command): Command {
  const usage = 'provision generate --target fedora-44 --out DIR';
  const layout = new Option('--layout <layout>', 'usr for packages, etc for administrators');
  return declare(program, 'generate', 'write the payload and the files for a spec', usage)
    .requiredOption('--out <dir>', 'directory to write, replaced as a whole', nonEmpty)
    .addOption(layout.choices(['usr', 'etc']).default('usr'));
}

function declareApply(program: Command): Command {
  const usage = 'provision apply --root /mnt/image --dry-run';
  return declare(program, 'apply', 'make the host or image as the policy says', usage)
    .option('--dry-run', 'print the plan and change nothing')
    .option('--detailed-exitcode', 'exit 3 when something was or would be changed')
    .option('--only <parts>', `some of ${parts.join(',')}`, parseParts);
}

function declareStatus(program: Command): Command {
  const description = 'ask whether the host or image is as the policy says (3: no)';
  return declare(program, 'status', description, 'provision status --json');
}

function declare(program: Command, name: string, description: string, usage: string): Command {
  return program.command(name).description(description).addHelpText('before', example(usage));
}

function example(usage: string): string {
  return `Example:\n  ${usage}\n`;
}

function parseParts(text: string): readonly Part[] {
  return text.split(',').map((word) => {
    const part = parts.find((name) => name === word);
    if (part === undefined) throw new InvalidArgumentError(`the parts are ${parts.join(', ')}.`);
    return part;
  });
}

// Commander's text may have a second line with a suggestion.
function usageError(error: CommanderError): AppError {
  if (error.code === 'commander.help')
    return new AppError('VP_USAGE', 'no command given', { hint: 'see `provision --help`' });
  const [message = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  const hint = [...suggestions, 'see `provision --help`'].join('\n');
  return new AppError('VP_USAGE', message, { hint });
}
