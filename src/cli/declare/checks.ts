import { usualIds } from '../../verify/check.ts';
import { type Command, InvalidArgumentError, Option } from '../commander.ts';
import { declare, nonEmpty, onlyOption, setOption } from './command.ts';

export function declareVerify(program: Command): Command {
  const description = 'try out whether QEMU runs without privileges here (3: it does not)';
  return declare(program, 'verify', description, 'provision verify --launch --libvirt')
    .addOption(onlyOption('checks', usualIds))
    .option('--as <user>', 'who tries /dev/kvm (default: whom the policy lets in)', nonEmpty)
    .option('--launch', 'start a paused guest with qemu-launch, and look at it')
    .option('--libvirt', 'start a paused guest in qemu:///system, and look at it')
    .option('--session <user>', 'start a paused KVM guest as that user', nonEmpty)
    .option('--strict', 'count what could not be checked (4: something could not)')
    .option('--junit <file>', 'write a report that pipelines read', nonEmpty)
    .addOption(setOption());
}

export function declareAudit(program: Command): Command {
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
