import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { StepRunner } from '../host/apply/apply.ts';

/** Runs steps in order with a line on the terminal for each; stdout belongs to the product. */
export const runWithProgress: StepRunner = async (steps) => {
  const processOutput = new ProcessOutput(process.stderr, process.stderr);
  const tasks = steps.map(({ title, run }) => ({ title, task: run }));
  const list = new Listr(tasks, {
    registerSignalListeners: false,
    rendererOptions: {
      logger: new ListrLogger({ processOutput }),
      // The one exit point says what failed.
      showErrorMessage: false,
    },
  });
  await list.run();
};
