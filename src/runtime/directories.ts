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

function sessionState(variables: Readonly<Record<string, string | undefined>>): string {
  const base = variables['XDG_STATE_HOME'];
  if (base?.startsWith('/') === true) return `${base}/virt-privileges`;
  const home = variables['HOME'];
  if (home?.startsWith('/') === true) return `${home}/.local/state/virt-privileges`;
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
