import { fileURLToPath } from 'node:url';
import type { Context } from '../cli/context.ts';
import { runProvision } from '../cli/program.ts';
import { reportError } from '../cli/report-error.ts';
import { AppError } from '../errors.ts';
import { isJournal } from '../runtime/output.ts';

const words = process.argv.slice(2);
const stop = new AbortController();
let hasReader = true;
let hasLostOutput = false;

// Only here is this file's own place known: the bundler moves the rest elsewhere.
const context: Context = {
  programFile: fileURLToPath(import.meta.url),
  addonFile: fileURLToPath(new URL('./native/addon.node', import.meta.url)),
  verifyExec: fileURLToPath(new URL('./native/verify-exec', import.meta.url)),
  launcherFile: fileURLToPath(new URL('./qemu-launch.cjs', import.meta.url)),
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  hasColour: process.stdout.isTTY && !process.env['NO_COLOR'],
  isTerminal: process.stdout.isTTY,
  hasReader: () => hasReader,
  // A terminal may not know its size, and progress lines need it.
  isInteractive: process.stderr.isTTY && process.stderr.columns > 0,
  isJournal: isJournal(process.env['JOURNAL_STREAM']),
  signal: stop.signal,
};

process.stdout.on('error', reportOutput);
// Once: a second signal ends the program at once.
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);

const status = await perform();
process.exitCode = hasLostOutput ? failureOf(status) : status;

async function perform(): Promise<number> {
  try {
    return await runProvision(words, context);
  } catch (error) {
    return reportError(context, { json: words.includes('--json') }, error);
  }
}

function interrupt(): void {
  const hint = 'run it again to finish the work';
  stop.abort(new AppError('VP_INTERRUPTED', 'interrupted', { hint }));
}

// Whoever closes a pipe early has seen enough; a full disk has not got what was promised.
function reportOutput(cause: NodeJS.ErrnoException): void {
  const isFirst = hasReader;
  hasReader = false;
  if (!isFirst || cause.code === 'EPIPE') return;
  const message = `cannot write to stdout: ${cause.message}`;
  reportError(context, {}, new AppError('VP_FILE_WRITE', message, { cause }));
  hasLostOutput = true;
  process.exitCode = failureOf(process.exitCode);
}

// What failed before that is the better answer; 3 is an answer that nobody got.
function failureOf(status: typeof process.exitCode): number {
  const isFailure = status !== undefined && status !== 0 && status !== 3;
  return isFailure ? Number(status) : 1;
}
