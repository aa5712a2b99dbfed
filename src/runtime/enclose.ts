import { readFileSync } from 'node:fs';
import type { Finding } from '../errors.ts';
import { checkAccess, openChecker } from './access.ts';
import type { Configuration } from './configure.ts';
import type { Surroundings as CellSurroundings } from './confinement/cell.ts';
import { describeRelaxed } from './confinement/relaxed.ts';
import { planSandbox } from './confinement/sandbox.ts';
import { type PlannedConfinement, planConfinement } from './confinement.ts';
import { describeEmulator, unknownEmulator } from './emulator.ts';
import { findFile } from './files.ts';
import type { Native } from './native.ts';
import type { Resource } from './preflight.ts';
import type { QemuArguments } from './qemu-args/parse.ts';
import type { LaunchRequest } from './request.ts';
import { judgeTemporaryDirectory, temporaryDirectoryOf } from './temporary-directory.ts';

/** What is settled about a launch before it is known what holds QEMU in. */
export interface Open {
  readonly native: Native;
  readonly request: LaunchRequest;
  readonly parsed: QemuArguments;
  readonly configuration: Configuration;
  readonly resources: readonly Resource[];
  readonly emulator: string;
  /** It is there and may be executed. */
  readonly isExecutable: boolean;
  readonly name: string;
  readonly ownDirectory: string;
  /** The directory that relative paths are taken from. */
  readonly directory: string;
  readonly environment: readonly string[];
}

export interface Enclosed extends PlannedConfinement {
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly directory: string;
  readonly oomScore: number | null;
  readonly findings: readonly Finding[];
}

/** Plans everything that holds QEMU in: what this kernel can, what this emulator bears, what these arguments need. */
export function enclose(open: Open): Enclosed {
  const { native, request, parsed, configuration, resources } = open;
  const { mode, identity, limits, keepsCapabilities } = configuration;
  const emulator = open.isExecutable
    ? describeEmulator(open.emulator)
    : unknownEmulator(open.emulator);
  const startsPrograms = parsed.findings.some(({ code }) => code === 'VP_WARN_HELPER');
  const temporaryDirectory = findTemporaryDirectory(open);
  const added = planSandbox({
    given: parsed.sandbox,
    isOff: configuration.sandbox === 'off',
    isKnown: emulator.program.libraries.some((name) => name.startsWith('libseccomp.so')),
    startsPrograms,
    setsAffinity: parsed.needs.has('affinity'),
  });
  const kernel = request.landlock === 'off' ? 0 : native.landlockVersion();
  const surroundings = {
    abi: kernel,
    withTcp: request.landlockTcp,
    keepsCapabilities,
    emulator,
    listPorts: parsed.listPorts,
    environment: open.environment,
    resources,
    allowed: findAllowed(request),
    ownDirectory: open.ownDirectory,
    temporaryDirectory,
    startsPrograms,
    needs: parsed.needs,
    makesCode: !parsed.isKvmOnly || parsed.needs.has('code'),
  };
  const sandbox = parsed.sandbox ?? added;
  return {
    ...planConfinement(mode, limits, sandbox, surroundings),
    argv: [request.emulator, ...parsed.handed.argv, ...(added === null ? [] : ['-sandbox', added])],
    environment: [
      ...open.environment,
      ...(temporaryDirectory?.isNamed === false ? [`TMPDIR=${temporaryDirectory.path}`] : []),
    ],
    directory: findDirectory(native, identity, open.directory),
    // A service has OOMScoreAdjust=.
    oomScore: request.command === 'prepare' ? null : planOomScore(),
    findings: [
      ...(temporaryDirectory?.isNamed === false
        ? judgeTemporaryDirectory(identity.uid, temporaryDirectory.path)
        : []),
      ...describeRelaxed(request.landlock, surroundings, {
        sandbox,
        isWanted: configuration.sandbox === 'on',
      }),
    ],
  };
}

function findAllowed({ allow }: LaunchRequest) {
  return allow.flatMap((each) => {
    const found = findFile(each.path);
    return found === null ? [] : [{ ...each, found }];
  });
}

function findTemporaryDirectory({
  parsed,
  configuration,
  environment,
  name,
}: Open): CellSurroundings['temporaryDirectory'] {
  if (!parsed.hasTemporaryFiles) return null;
  const named = environment.find((variable) => variable.startsWith('TMPDIR='))?.slice(7);
  const path = named ?? temporaryDirectoryOf(configuration.identity.uid, name);
  return { path, isNamed: named !== undefined };
}

// What QEMU may not enter it could only stand in: no relative name would lead anywhere.
function findDirectory(
  native: Native,
  identity: Configuration['identity'],
  directory: string,
): string {
  if (directory === '/') return directory;
  const problems = checkAccess(openChecker(native, identity), directory, { execute: true });
  return problems.length === 0 ? directory : '/';
}

/** A protection of the caller's from the kernel's killer is not QEMU's, whose memory the guest fills. */
function planOomScore(): number {
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  return Math.max(own, 0);
}
