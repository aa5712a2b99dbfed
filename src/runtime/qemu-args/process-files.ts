import { dirname } from 'node:path';
import { lastValue } from '../../formats/key-value.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { absolutePath } from './file-name.ts';
import type { ResourceKind } from './host-path.ts';
import { readMemoryPlace } from './memory-place.ts';
import { partsOf } from './parts.ts';
import { type Context, hostPath, joinReadings, type Reading } from './reading.ts';
import { judgeLeaves, readUnknown } from './unknown.ts';

const kinds: Readonly<Record<string, ResourceKind>> = {
  pidfile: 'pidfile',
  'qtest-log': 'log',
  'dump-vmstate': 'state',
  writeconfig: 'config',
};

/** Options whose argument is a file that QEMU makes, commas as they stand. */
export function readMadeFile(argument: Argument, context: Context): Reading {
  const { option, value } = argument;
  // No log, and stdout.
  if (option === 'qtest-log' && value === 'none') return {};
  if (option === 'writeconfig' && value === '-') return {};
  const details = { kind: kinds[option ?? ''] ?? 'log', access: 'rw', created: true } as const;
  return { paths: [hostPath(context, argument, value, details)] };
}

/** `-D`: QEMU makes it, commas as they stand. */
export function readLog(argument: Argument, context: Context): Reading {
  // `%d` becomes the process id, which nobody knows yet: `--allow` must name the directory.
  return argument.value.includes('%')
    ? readUnknown(argument, context)
    : readMadeFile(argument, context);
}

/** `-perfmap`, `-jitdump`: QEMU's process id is a part of the name (accel/tcg/perf.c), so `--allow` must name the directory. */
export function readProfile(argument: Argument, context: Context): Reading {
  const name = argument.option === 'perfmap' ? '/tmp/perf-PID.map' : 'jit-PID.dump';
  const file = hostPath(context, argument, name, { kind: 'log', access: 'rw', created: true });
  if (context.allowed.accessTo(file.path) === 'rw') return { paths: [file] };
  const directory = dirname(file.path);
  const finding = refuse(
    'VP_ARGUMENT_UNKNOWN_PATH',
    `${describeArgument(argument)} makes a file of QEMU's process id, ${file.path}, which nobody knows before`,
    `leave it out, or add --allow ${directory}:rw before the --`,
    directory,
  );
  return { findings: [finding] };
}

/** `-mem-path`: the guest's memory, or a directory such as that of the huge pages, in which QEMU makes it. */
export function readMemoryPath(argument: Argument, context: Context): Reading {
  const rewrite = (path: string) => ['-mem-path', path];
  return (
    readMemoryPlace(argument, argument.value, rewrite, context) ?? readMemoryFile(argument, context)
  );
}

function readMemoryFile(argument: Argument, context: Context): Reading {
  const created = context.host?.exists(absolutePath(context.directory, argument.value)) !== true;
  const details = { kind: 'memory', access: 'rw', created } as const;
  return { paths: [hostPath(context, argument, argument.value, details)] };
}

/** `-icount`: the file of the events, which is written while they are recorded. */
export function readInstructionCount(argument: Argument, context: Context): Reading {
  const parts = partsOf(argument);
  const file = lastValue(parts, 'rrfile');
  const isRecording = lastValue(parts, 'rr') === 'record';
  const details = {
    kind: 'state',
    access: isRecording ? 'rw' : 'ro',
    created: isRecording,
  } as const;
  const others = parts.filter(({ key }) => key !== 'rrfile');
  return joinReadings([
    file === null ? {} : { paths: [hostPath(context, argument, file, details)] },
    judgeLeaves(argument, others, context),
  ]);
}
