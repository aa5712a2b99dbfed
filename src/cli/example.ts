import { AppError } from '../errors.ts';

interface HelpContext {
  readonly command: { readonly args: readonly string[]; readonly commands: readonly object[] };
}

/** What help begins with; throws VP_USAGE when it is asked of a command that there is not. */
export function exampleOf(usage: string) {
  return (context: HelpContext): string => {
    requireKnownCommand(context);
    return `Example:\n  ${usage}\n`;
  };
}

// Commander would show the help of what is above.
function requireKnownCommand({ command: { args, commands } }: HelpContext): void {
  const word = args.find((arg) => arg !== 'help');
  if (commands.length === 0 || word === undefined || word.startsWith('-')) return;
  throw new AppError('VP_USAGE', `unknown command '${word}'`, { hint: 'see `provision --help`' });
}
