import type { Finding } from '../errors.ts';
import { AppError, toFinding } from '../errors.ts';
import type { Limits } from '../formats/proc-limits.ts';
import { readConfiguration } from './configure/configuration.ts';
import { describeIgnored } from './configure/ignored-settings.ts';
import { type LimitWish, planLimits } from './configure/limits.ts';
import { type ProcessSettings, readProcessSettings } from './configure/process-settings.ts';
import { findMissingRights } from './configure/rights.ts';
import type { Identity } from './identity.ts';
import { resolveIdentity, sessionIdentity } from './identity.ts';
import type { Surroundings } from './prepare.ts';
import type { QemuArguments } from './qemu-args/parse.ts';
import type { LaunchRequest } from './request.ts';

type Mode = Surroundings['mode'];

/** What options and qemu.conf say of the process: who it is and what holds for it. */
export interface Configuration {
  readonly mode: Mode;
  readonly identity: Identity;
  readonly dynamicOwnership: boolean;
  readonly keepsCapabilities: boolean;
  readonly sandbox: ProcessSettings['sandbox'];
  readonly limits: Limits;
  /** What keeps it from being so, and which settings have no effect. */
  readonly findings: readonly Finding[];
}

const noSettings: ProcessSettings = {
  dynamicOwnership: true,
  keepsCapabilities: false,
  sandbox: 'auto',
  limits: [],
};

/** Resolves who QEMU runs as and reads what qemu.conf sets for it; the last one is what the emulator's arguments say. */
export function configure(
  { native, mode: ownMode }: Surroundings,
  request: LaunchRequest,
  { sandbox, lockedMemory }: Pick<QemuArguments, 'sandbox' | 'lockedMemory'>,
): Configuration {
  const mode = chooseMode(ownMode, request);
  const conf = readConfiguration(native, request.conf, ownMode);
  const identity =
    mode === 'system' ? resolveIdentity(native, request, conf) : sessionIdentity(native);
  // The system's own file is about the system's QEMU, and not for a plain user to put right.
  const isMeant = mode === 'system' || request.conf !== null;
  const settings = isMeant ? readProcessSettings(conf) : noSettings;
  const keepsCapabilities = mode === 'system' && identity.uid === 0 && settings.keepsCapabilities;
  const { limits, findings } = planLimits(
    native,
    ownMode,
    [...settings.limits, ...lockWishes(lockedMemory), ...request.limits],
    request.command !== 'prepare',
  );
  const rights = ownMode === 'system' ? findMissingRights(native) : [];
  return {
    mode,
    identity,
    dynamicOwnership: settings.dynamicOwnership,
    keepsCapabilities,
    sandbox: settings.sandbox,
    limits,
    findings: [
      ...(mode === ownMode ? rights : [toFinding(needsRoot())]),
      ...identityFindings(mode, identity, keepsCapabilities),
      ...findings,
      ...(isMeant
        ? describeIgnored(conf, { sandbox, arguments: request.arguments, keepsCapabilities })
        : []),
    ],
  };
}

/** VFIO locks all of the guest's memory, and nothing else does. */
function lockWishes(bytes: number | null): readonly LimitWish[] {
  if (bytes === null) return [];
  const from = `what devices of the host lock in memory (${bytes} bytes)`;
  return [{ name: 'memlock', limit: [bytes, bytes], from, isOption: true, isLeast: true }];
}

// Only root can become somebody else; what root's launch would do anybody may ask.
export function chooseMode(ownMode: Mode, request: LaunchRequest): Mode {
  if (ownMode === 'system' || (request.user === null && request.group === null)) return ownMode;
  if (request.command !== 'plan') throw needsRoot();
  return 'system';
}

function needsRoot(): AppError {
  return new AppError(
    'VP_SESSION_IDENTITY',
    '--user and --group need root: only root can become another user',
    { hint: 'leave them out to run QEMU as yourself, or start qemu-launch as root' },
  );
}

function identityFindings(mode: Mode, identity: Identity, keeps: boolean): readonly Finding[] {
  if (mode !== 'system') return [];
  if (keeps) return [keptWarning];
  if (identity.uid === 0) return [rootWarning('as root', 'every file of root is its own')];
  if (!identity.groups.includes(0)) return [];
  return [rootWarning('in the group root', 'what that group may use it may use')];
}

const keptWarning: Finding = {
  code: 'VP_WARN_ROOT_IDENTITY',
  severity: 'warning',
  message:
    'QEMU will run as root with all of its capabilities: a guest that breaks out owns the host',
  hint: 'take `clear_emulator_capabilities = 0` out of qemu.conf, and set `user` and `group` to an account made for QEMU',
};

function rootWarning(how: string, consequence: string): Finding {
  return {
    code: 'VP_WARN_ROOT_IDENTITY',
    severity: 'warning',
    message: `QEMU will run ${how}: without capabilities, but ${consequence}`,
    hint: 'set `user` and `group` in qemu.conf to an account made for QEMU',
  };
}
