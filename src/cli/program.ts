import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../errors.ts';
import { findPackage } from '../host/package-files.ts';
import { type Part, parts } from '../host/plan/change.ts';
import { type PolicySetting, parseSetting } from '../policy/policy-setting.ts';
import { answerConf } from './answer-conf.ts';
import type { QemuConfOptions } from './commands/qemu-conf.ts';
import type { Context, GlobalOptions } from './context.ts';
import { exampleOf } from './example.ts';

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

type Runner<Options> = (
  context: Context,
  options: Options,
  words: readonly string[],
) => Promise<number>;
type Finish = (exitCode: number) => void;

function declareProgram(context: Context, finish: Finish): Command {
  const program = declareGlobal(context);
  // Each command's code is loaded when it is called.
  const act = <Options extends GlobalOptions>(load: () => Promise<Runner<Options>>) => {
    return async (...args: readonly unknown[]) => {
      const command = args.at(-1);
      if (!(command instanceof Command)) return;
      const options = command.optsWithGlobals<Options>();
      const hasColour = context.hasColour && options.color;
      finish(await (await load())({ ...context, hasColour }, options, command.args));
    };
  };
  declareTargets(program).action(
    act(async () => (await import('./commands/targets.ts')).runTargets),
  );
  declarePolicy(program).action(act(async () => (await import('./commands/policy.ts')).runPolicy));
  declareGenerate(program).action(
    act(async () => (await import('./commands/generate.ts')).runGenerate),
  );
  declareLint(program).action(act(async () => (await import('./commands/lint.ts')).runLint));
  declareApply(program).action(act(async () => (await import('./commands/apply.ts')).runApply));
  declareStatus(program).action(act(async () => (await import('./commands/status.ts')).runStatus));
  declareRevert(program).action(act(async () => (await import('./commands/revert.ts')).runRevert));
  declareAudit(program).action(act(async () => (await import('./commands/audit.ts')).runAudit));
  const conf = declareQemuConf(program);
  const actConf = <Options extends QemuConfOptions>(load: () => Promise<Runner<Options>>) =>
    act(async () => answerConf(await load()));
  conf.show.action(actConf(async () => (await import('./commands/qemu-conf.ts')).runShow));
  conf.get.action(actConf(async () => (await import('./commands/qemu-conf.ts')).runGet));
  conf.lint.action(actConf(async () => (await import('./commands/qemu-conf.ts')).runConfLint));
  conf.set.action(actConf(async () => (await import('./commands/qemu-conf-edit.ts')).runSet));
  conf.unset.action(actConf(async () => (await import('./commands/qemu-conf-edit.ts')).runUnset));
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
    .addHelpText('before', exampleOf('provision apply --dry-run'))
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
  return declare(
    program,
    'policy',
    'show the policy in force and where it comes from',
    usage,
  ).addOption(setOption());
}

function declareGenerate(program: Command): Command {
  const usage = 'provision generate --target fedora-44 --out DIR';
  const layout = new Option('--layout <layout>', 'usr for packages, etc for administrators');
  const delivery = new Option('--delivery <delivery>', 'how a spec takes it in');
  return declare(program, 'generate', 'write the payload and the files for a spec', usage)
    .requiredOption('--out <dir>', 'directory to write, replaced as a whole', nonEmpty)
    .option('--check', 'write nothing; show what differs in the directory (3: something does)')
    .addOption(layout.choices(['usr', 'etc']).default('usr'))
    .addOption(delivery.choices(['include', 'specpart']).default('include'));
}

function declareLint(program: Command): Command {
  const description = 'look for what the tools of the target accept and get wrong (3: found some)';
  const usage = 'provision lint --target fedora-44 60-kvm.rules';
  return declare(program, 'lint', description, usage).argument(
    '[files...]',
    'files, or directories that generate wrote (default: what the root has)',
    (text: string, before: readonly string[] = []) => [...before, nonEmpty(text)],
  );
}

function declareApply(program: Command): Command {
  const usage = 'provision apply --root /mnt/image --dry-run';
  return declare(program, 'apply', 'make the host or image as the policy says', usage)
    .option('--dry-run', 'print the plan and change nothing')
    .option('--diff', 'show what changes in each file')
    .option('--detailed-exitcode', 'exit 3 when something was or would be changed')
    .addOption(onlyOption())
    .option('--accept-ids', 'take whichever id is free where another account holds the one wanted')
    .option('--force-device', "change /dev/kvm in a container too, where it is the host's")
    .option('--restart', 'start libvirt again when it must read its configuration again')
    .addOption(setOption())
    .option('--wait', 'wait for another run on the same root to end');
}

function declareStatus(program: Command): Command {
  const description = 'ask whether the host or image is as the policy says (3: no)';
  return declare(program, 'status', description, 'provision status --json')
    .option('-v, --verbose', 'show what was found on the host')
    .addOption(onlyOption())
    .addOption(setOption());
}

function declareQemuConf(program: Command) {
  const description = "read and edit libvirt's configuration file in place";
  const group = declare(program, 'qemu-conf', description, 'provision qemu-conf get user').option(
    '--file <file>',
    'as the root sees it (default: /etc/libvirt/qemu.conf)',
    nonEmpty,
  );
  const usage = (words: string) => `provision qemu-conf ${words}`;
  return {
    show: declare(group, 'show', 'print the active settings', usage('show --json')),
    get: declare(group, 'get', 'print a value (3: not set)', usage('get user')).argument('<key>'),
    lint: declare(group, 'lint', 'look for what libvirt ignores (3: found some)', usage('lint')),
    set: declareEdit(declare(group, 'set', 'set a key in place', usage('set user qemu')))
      .argument('<key>')
      .argument('<values...>', 'one value without quotes; of a list each item, or [] for none')
      .option('--force', 'a key that this program does not know, too'),
    unset: declareEdit(
      declare(group, 'unset', 'comment out every line of a key', usage('unset user')),
    ).argument('<key>'),
  };
}

function declareEdit(command: Command): Command {
  return command
    .option('--dry-run', 'write nothing')
    .option('--diff', 'print what changes as a unified diff');
}

function declareRevert(program: Command): Command {
  const usage = 'provision revert --dry-run --diff';
  return declare(program, 'revert', 'take back what apply recorded, the newest first', usage)
    .option('--last', 'the newest apply only')
    .option('--force', 'take back files that were changed since as well')
    .option('--accounts', 'remove the accounts that apply made, where nothing belongs to them')
    .option('--dry-run', 'print the plan and change nothing')
    .option('--diff', 'show what changes in each file')
    .option('--wait', 'wait for another run on the same root to end');
}

function declareAudit(program: Command): Command {
  const formats = ['table', 'json', 'prometheus'];
  const interval = new Option('--interval <seconds>', 'with --watch: time between two audits');
  return declare(
    program,
    'audit',
    'check the rights of every QEMU process (3: one has too many)',
    'provision audit --html audit.html',
  )
    .addOption(new Option('--format <format>', 'what is printed').choices(formats))
    .option('--html <file>', 'write a page to look at or to send', nonEmpty)
    .option('--watch', 'repeat; off a terminal, print what changes')
    .addOption(interval.default(2).argParser(parseSeconds))
    .option(
      '--state-dir <dir>',
      'of qemu-launch (default: /var/lib/virt-privileges of the root)',
      nonEmpty,
    );
}

function parseSeconds(text: string): number {
  const seconds = /^[0-9]{1,5}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds === 0) throw new InvalidArgumentError('it is no number of seconds above 0');
  return seconds;
}

function onlyOption(): Option {
  return new Option('--only <parts>', `some of ${parts.join(',')}`).argParser(parseParts);
}

function setOption(): Option {
  const option = new Option('--set <key=value>', 'a value over that of the policy; repeatable');
  return option.argParser((word, before: readonly PolicySetting[] = []) => {
    return [...before, parseSetting(word)];
  });
}

function declare(program: Command, name: string, description: string, usage: string): Command {
  return program.command(name).description(description).addHelpText('before', exampleOf(usage));
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
