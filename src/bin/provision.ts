import { fileURLToPath } from 'node:url';
import type { Context } from '../cli/context.ts';
import { runProvision } from '../cli/program.ts';
import { AppError, describeError } from '../errors.ts';

const words = process.argv.slice(2);
const stop = new AbortController();
let hasReader = true;

// Only here is this file's own place known: the bundler moves the rest elsewhere.
const context: Context = {
  programFile: fileURLToPath(import.meta.url),
  addonFile: fileURLToPath(new URL('./native/addon.node', import.meta.url)),
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  hasColour: process.stdout.isTTY && !process.env['NO_COLOR'],
  isTerminal: process.stdout.isTTY,
  hasReader: () => hasReader,
  // A terminal may not know its size, and progress lines need it.
  isInteractive: process.stderr.isTTY && process.stderr.columns > 0,
  isJournal: process.env['JOURNAL_STREAM'] !== undefined,
  signal: stop.signal,
};

process.stdout.on('error', reportOutput);
// Once: a second signal ends the program at once.
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);

try {
  process.exitCode = await runProvision(words, context);
} catch (error) {
  report(error);
}

function interrupt(): void {
  const hint = 'run it again to finish the work';
  stop.abort(new AppError('VP_INTERRUPTED', 'interrupted', { hint }));
}

function report(error: unknown): void {
  const style = { json: words.includes('--json'), journal: context.isJournal };
  const { stdout, stderr, exitCode } = describeError(error, 'provision', style);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}

// Whoever closes a pipe early has seen enough.
function reportOutput(cause: NodeJS.ErrnoException): void {
  hasReader = cause.code !== 'EPIPE';
  if (!hasReader) return;
  const error = new AppError('VP_FILE_WRITE', `cannot write to stdout: ${cause.message}`, {
    cause,
  });
  const { stderr, exitCode } = describeError(error, 'provision', {
    json: false,
    journal: context.isJournal,
  });
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
