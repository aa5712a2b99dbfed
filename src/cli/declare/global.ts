import { findPackage } from '../../host/package-files.ts';
import { Command } from '../commander.ts';
import type { Context } from '../context.ts';
import { exampleOf } from '../example.ts';
import { nonEmpty } from './command.ts';

/** The program itself, with the options that every command takes. */
export function declareGlobal({ programFile, writeOut }: Context): Command {
  return new Command('provision')
    .description('Prepare hosts, images and packages for QEMU without privileges.')
    .option(
      '--policy <file>',
      'policy (default: /etc/virt-privileges/policy.yaml of the root)',
      nonEmpty,
    )
    .option(
      '--target <id>',
      'as in `provision targets` (default: the release of the root)',
      nonEmpty,
    )
    .option('--root <dir>', 'host or image to work on', nonEmpty, '/')
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'plain text on terminals too')
    .version(`provision ${findPackage(programFile).version}`)
    .addHelpText('before', exampleOf('provision apply --dry-run'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut, writeErr: () => {} })
    .exitOverride();
}
