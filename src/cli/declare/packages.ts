import { type Command, Option } from '../commander.ts';
import { declare, nonEmpty, setOption } from './command.ts';

export function declareTargets(program: Command): Command {
  return declare(program, 'targets', 'show the known targets', 'provision targets --json');
}

export function declarePolicy(program: Command): Command {
  const usage = 'provision policy --target fedora-44';
  return declare(
    program,
    'policy',
    'show the policy in force and where it comes from',
    usage,
  ).addOption(setOption());
}

export function declareGenerate(program: Command): Command {
  const usage = 'provision generate --target fedora-44 --out DIR';
  const layout = new Option('--layout <layout>', 'usr for packages, etc for administrators');
  const delivery = new Option('--delivery <delivery>', 'how a spec takes it in');
  return declare(program, 'generate', 'write the payload and the files for a spec', usage)
    .requiredOption('--out <dir>', 'directory to write, replaced as a whole', nonEmpty)
    .option('--check', 'write nothing; show what differs in the directory (3: something does)')
    .addOption(layout.choices(['usr', 'etc']).default('usr'))
    .addOption(delivery.choices(['include', 'specpart']).default('include'));
}

export function declareLint(program: Command): Command {
  const description = 'look for what the tools of the target accept and get wrong (3: found some)';
  const usage = 'provision lint --target fedora-44 60-kvm.rules';
  return declare(program, 'lint', description, usage).argument(
    '[files...]',
    'files, or directories that generate wrote (default: what the root has)',
    (text: string, before: readonly string[] = []) => [...before, nonEmpty(text)],
  );
}
