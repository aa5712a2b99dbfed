import { AppError, type ErrorCode } from '../errors.ts';
import type { QemuConfOptions } from './commands/qemu-conf.ts';
import type { Context } from './context.ts';
import { reportError } from './report-error.ts';

type ConfRunner<Options> = (
  context: Context,
  options: Options,
  words: readonly string[],
) => Promise<number>;

const answers: readonly ErrorCode[] = ['VP_QEMU_CONF_SYNTAX', 'VP_QEMU_CONF_VALUE'];

/** A command whose question is the file itself: what libvirt would refuse is its answer 3, not a failure. */
export function answerConf<Options extends QemuConfOptions>(
  run: ConfRunner<Options>,
): ConfRunner<Options> {
  return async (context, options, words) => {
    try {
      return await run(context, options, words);
    } catch (error) {
      if (!(error instanceof AppError) || !answers.includes(error.code)) throw error;
      reportError(context, options, error);
      return 3;
    }
  };
}
