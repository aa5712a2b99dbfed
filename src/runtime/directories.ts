import { AppError } from '../errors.ts';
import type { Directories } from './request.ts';

interface Given {
  readonly stateDirectory: string | null;
  readonly runDirectory: string | null;
}

/**
 * Where state and run files go: what was asked for, else the system's places
 * for root and the XDG base directories for everybody else.
 */
export function findDirectories(
  given: Given,
  mode: 'system' | 'session',
  variables: Readonly<Record<string, string | undefined>>,
): Directories {
  if (mode === 'system') {
    return {
      state: given.stateDirectory ?? '/var/lib/virt-privileges',
      run: given.runDirectory ?? '/run/virt-privileges',
    };
  }
  const state = given.stateDirectory ?? sessionState(variables);
  return { state, run: given.runDirectory ?? sessionRun(variables, state) };
}

/** Where the words of a VM stand; VP_FILE_READ where no place can be named. */
export function findVmFile(
  mode: 'system' | 'session',
  variables: Readonly<Record<string, string | undefined>>,
  name: string,
): string {
  const base = mode === 'system' ? '/etc' : findBase(variables, 'XDG_CONFIG_HOME', '.config');
  if (base !== null) return `${base}/virt-privileges/vms/${name}.args`;
  const message = 'no directory for VM files: neither XDG_CONFIG_HOME nor HOME is set';
  throw new AppError('VP_FILE_READ', message, { hint: 'give the emulator after `--`' });
}

// By the XDG base directory specification a relative path does not count.
function findBase(
  variables: Readonly<Record<string, string | undefined>>,
  variable: string,
  below: string,
): string | null {
  const base = variables[variable];
  if (base?.startsWith('/') === true) return base;
  const home = variables['HOME'];
  return home?.startsWith('/') === true ? `${home}/${below}` : null;
}

function sessionState(variables: Readonly<Record<string, string | undefined>>): string {
  const base = findBase(variables, 'XDG_STATE_HOME', '.local/state');
  if (base !== null) return `${base}/virt-privileges`;
  throw new AppError(
    'VP_LEDGER_UNTRUSTED',
    'no directory for state: neither XDG_STATE_HOME nor HOME is set',
    {
      hint: 'name one with --state-dir DIR',
    },
  );
}

// Without a login session there is no runtime directory; the state directory is as private.
function sessionRun(
  variables: Readonly<Record<string, string | undefined>>,
  state: string,
): string {
  const base = variables['XDG_RUNTIME_DIR'];
  return base?.startsWith('/') === true ? `${base}/virt-privileges` : `${state}/run`;
}
