import { AppError } from '../errors.ts';
import { answerConf } from './answer-conf.ts';
import { Command, CommanderError } from './commander.ts';
import type { QemuConfOptions } from './commands/qemu-conf.ts';
import type { Context, GlobalOptions } from './context.ts';
import { declareAudit, declareVerify } from './declare/checks.ts';
import { declareGlobal } from './declare/global.ts';
import { declareApply, declareRevert, declareStatus } from './declare/hosts.ts';
import { declareGenerate, declareLint, declarePolicy, declareTargets } from './declare/packages.ts';
import { declareQemuConf } from './declare/qemu-conf.ts';

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
  declareVerify(program).action(act(async () => (await import('./commands/verify.ts')).runVerify));
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

// Commander's text may have a second line with a suggestion.
function usageError(error: CommanderError): AppError {
  if (error.code === 'commander.help')
    return new AppError('VP_USAGE', 'no command given', { hint: 'see `provision --help`' });
  const [message = '', ...suggestions] = error.message.replace(/^error: /, '').split('\n');
  const hint = [...suggestions, 'see `provision --help`'].join('\n');
  return new AppError('VP_USAGE', message, { hint });
}
