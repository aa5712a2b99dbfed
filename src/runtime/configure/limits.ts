import { readFileSync } from 'node:fs';
import type { Finding } from '../../errors.ts';
import {
  type Limit,
  type LimitName,
  type LimitPair,
  type Limits,
  parseProcLimit,
} from '../../formats/proc-limits.ts';
import type { Native } from '../native.ts';

/** A limit that somebody asks for. */
export interface LimitWish {
  readonly name: LimitName;
  readonly limit: LimitPair;
  /** Where it stands, for messages. */
  readonly from: string;
  /** Asked for by `--limit`, not by qemu.conf. */
  readonly isOption: boolean;
  /** No less is needed; what is there and is more stays. */
  readonly isLeast?: true;
}

export interface PlannedLimits {
  /** What is not among them QEMU inherits. */
  readonly limits: Limits;
  readonly findings: readonly Finding[];
}

/** What systemd and login sessions give: select(2) takes no more, and helpers close that many one by one. */
const usualFiles = 1024;

/**
 * The limits of QEMU. Node has raised the soft limit of open files to the hard one, and what it was before cannot be
 * known: QEMU gets the usual one, but in a service (not `isOwn`) what the service manager gives. Of several wishes for
 * one limit the last counts. Nobody gets past a hard limit without CAP_SYS_RESOURCE: root and `--limit` are refused,
 * qemu.conf's stays where it is in session mode.
 */
export function planLimits(
  native: Native,
  mode: 'system' | 'session',
  wishes: readonly LimitWish[],
  isOwn = true,
): PlannedLimits {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const hardOf = (name: LimitName) => parseProcLimit(text, name)[1];
  const needed = wishes.filter(({ name, limit, isLeast }) => {
    return isLeast !== true || isMore(limit[0], parseProcLimit(text, name)[0]);
  });
  const files = hardOf('nofile');
  const limits: Partial<Record<LimitName, LimitPair>> = isOwn
    ? { nofile: [isMore(files, usualFiles) ? usualFiles : files, files] }
    : {};
  const findings: Finding[] = [];
  for (const wish of new Map(needed.map((each) => [each.name, each])).values()) {
    const hard = hardOf(wish.name);
    const finding = describeExcess(native, mode, wish, hard, isOwn);
    if (finding !== null) findings.push(finding);
    limits[wish.name] = finding === null ? raise(wish, hard) : [hard, hard];
  }
  return { limits, findings };
}

// A hard limit that is more than what is needed is nobody's to lower.
function raise({ limit, isLeast }: LimitWish, hard: Limit): LimitPair {
  return isLeast === true && isMore(hard, limit[1]) ? [limit[0], hard] : limit;
}

function isMore(value: Limit, than: Limit): boolean {
  return than !== 'unlimited' && (value === 'unlimited' || value > than);
}

function describeExcess(
  native: Native,
  mode: 'system' | 'session',
  { name, limit: [, value], from, isOption, isLeast }: LimitWish,
  hard: Limit,
  isOwn: boolean,
): Finding | null {
  const code = codeOf(mode, isOption);
  if (name === 'nofile' && isMore(value, readMaximum())) {
    const message = `${from} is more than the ${readMaximum()} that the kernel lets any process open`;
    return excess(code, message, `sysctl fs.nr_open=${value}`);
  }
  // In a service QEMU starts without the right that `prepare` has.
  const isFree = canRaise(native) && (isOwn || isLeast !== true);
  if (!isMore(value, hard) || isFree) return null;
  const message = `${from} is more than the hard limit here, ${hard}`;
  return excess(
    code,
    message,
    'raise it in what starts qemu-launch: ulimit -H, or Limit…= of a service',
  );
}

type ExcessCode = 'VP_MISSING_PRIVILEGE' | 'VP_QEMU_CONF_VALUE' | 'VP_WARN_QEMU_CONF';

function codeOf(mode: 'system' | 'session', isOption: boolean): ExcessCode {
  if (isOption) return 'VP_MISSING_PRIVILEGE';
  return mode === 'system' ? 'VP_QEMU_CONF_VALUE' : 'VP_WARN_QEMU_CONF';
}

function excess(code: ExcessCode, message: string, hint: string): Finding {
  return { code, severity: code === 'VP_WARN_QEMU_CONF' ? 'warning' : 'error', message, hint };
}

function readMaximum(): number {
  return Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
}

const systemResource = 24n;

function canRaise(native: Native): boolean {
  return ((BigInt(`0x${native.readCapabilities(0).effective}`) >> systemResource) & 1n) === 1n;
}
