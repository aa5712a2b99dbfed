import type { Command } from '../commander.ts';
import { declare, nonEmpty } from './command.ts';

/** The command and those below it. */
export function declareQemuConf(program: Command) {
  const description = "read and edit libvirt's configuration file in place";
  const group = declare(program, 'qemu-conf', description, 'provision qemu-conf get user').option(
    '--file <file>',
    'as the root sees it (default: /etc/libvirt/qemu.conf)',
    nonEmpty,
  );
  const usage = (words: string) => `provision qemu-conf ${words}`;
  return {
    show: declare(group, 'show', 'print the active settings', usage('show --json')),
    get: declare(group, 'get', 'print a value (3: not set)', usage('get user')).argument('<key>'),
    lint: declare(group, 'lint', 'look for what libvirt ignores (3: found some)', usage('lint')),
    set: declareEdit(declare(group, 'set', 'set a key in place', usage('set user qemu')))
      .argument('<key>')
      .argument('<values...>', 'one value without quotes; of a list each item, or [] for none')
      .option('--force', 'a key that this program does not know, too'),
    unset: declareEdit(
      declare(group, 'unset', 'comment out every line of a key', usage('unset user')),
    ).argument('<key>'),
  };
}

function declareEdit(command: Command): Command {
  return command
    .option('--dry-run', 'write nothing')
    .option('--diff', 'print what changes as a unified diff');
}
