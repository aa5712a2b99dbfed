import { parts } from '../../host/plan/change.ts';
import type { Command } from '../commander.ts';
import { declare, onlyOption, setOption } from './command.ts';

export function declareApply(program: Command): Command {
  const usage = 'provision apply --root /mnt/image --dry-run';
  return declare(program, 'apply', 'make the host or image as the policy says', usage)
    .option('--dry-run', 'print the plan and change nothing')
    .option('--diff', 'show what changes in each file')
    .option('--detailed-exitcode', 'exit 3 when something was or would be changed')
    .addOption(onlyOption('parts', parts))
    .option('--accept-ids', 'take whichever id is free where another account holds the one wanted')
    .option('--force-device', "change /dev/kvm in a container too, where it is the host's")
    .option('--restart', 'start libvirt again when it must read its configuration again')
    .addOption(setOption())
    .option('--wait', 'wait for another run on the same root to end');
}

export function declareStatus(program: Command): Command {
  const description = 'ask whether the host or image is as the policy says (3: no)';
  return declare(program, 'status', description, 'provision status --json')
    .option('-v, --verbose', 'show what was found on the host')
    .addOption(onlyOption('parts', parts))
    .addOption(setOption());
}

export function declareRevert(program: Command): Command {
  const usage = 'provision revert --dry-run --diff';
  return declare(program, 'revert', 'take back what apply recorded, the newest first', usage)
    .option('--last', 'the newest apply only')
    .option('--force', 'take back files that were changed since as well')
    .option('--accounts', 'remove the accounts that apply made, where nothing belongs to them')
    .option('--dry-run', 'print the plan and change nothing')
    .option('--diff', 'show what changes in each file')
    .option('--wait', 'wait for another run on the same root to end');
}
