import { type Part, parts } from '../../host/plan/change.ts';
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

export function onlyOption(): Option {
  return new Option('--only <parts>', `some of ${parts.join(',')}`).argParser(parseParts);
}

export function setOption(): Option {
  const option = new Option('--set <key=value>', 'a value over that of the policy; repeatable');
  return option.argParser((word, before: readonly PolicySetting[] = []) => {
    return [...before, parseSetting(word)];
  });
}

function parseParts(text: string): readonly Part[] {
  return text.split(',').map((word) => {
    const part = parts.find((name) => name === word);
    if (part === undefined) throw new InvalidArgumentError(`the parts are ${parts.join(', ')}.`);
    return part;
  });
}
