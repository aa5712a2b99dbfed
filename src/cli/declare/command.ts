import { type PolicySetting, parseSetting } from '../../policy/policy-setting.ts';
import { type Command, InvalidArgumentError, Option } from '../commander.ts';
import { exampleOf } from '../example.ts';

/** A command below `program`, with an example before its help. */
export function declare(
  program: Command,
  name: string,
  description: string,
  usage: string,
): Command {
  return program.command(name).description(description).addHelpText('before', exampleOf(usage));
}

// A script's empty variable must not come to mean the directory it stands in.
export function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
}

/** `--only` with some of these names, commas between. */
export function onlyOption(what: string, names: readonly string[]): Option {
  const option = new Option(`--only <${what}>`, `some of ${names.join(',')}`);
  return option.argParser((text) => parseNames(text, what, names));
}

export function setOption(): Option {
  const option = new Option('--set <key=value>', 'a value over that of the policy; repeatable');
  return option.argParser((word, before: readonly PolicySetting[] = []) => {
    return [...before, parseSetting(word)];
  });
}

function parseNames(text: string, what: string, names: readonly string[]): readonly string[] {
  const words = text.split(',');
  if (words.every((word) => names.includes(word))) return words;
  throw new InvalidArgumentError(`the ${what} are ${names.join(', ')}.`);
}
