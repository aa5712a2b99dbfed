import type { Finding } from '../../errors.ts';
import { findGroup, type GroupEntry } from '../../formats/group.ts';
import type { PasswdEntry } from '../../formats/passwd.ts';
import type { LintContext, LintFile, LintKind } from '../../generate/lint/lint-file.ts';
import { placeLines } from '../../generate/lint/lint-sysusers.ts';
import { definedGroups } from '../../generate/lint/sysusers-set.ts';
import { findTool, runTool } from '../command.ts';
import { withScratch } from './lint-scratch.ts';
import { lintSpecFile } from './lint-spec.ts';
import {
  notRun,
  readSystemdVersion,
  readSysusersOutput,
  readTmpfilesOutput,
  readUdevadmOutput,
  type ToolOutput,
} from './lint-tool-output.ts';

/** What the tools of this machine say of copies of the files; one that is missing or too old is named. */
export async function runLintTools(
  files: readonly LintFile[],
  context: LintContext,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const tool of systemdTools) findings.push(...(await runSystemdTool(tool, files, context)));
  for (const file of files.filter(({ kind }) => kind === 'spec'))
    findings.push(...(await lintSpecFile(file, context.target)));
  return findings;
}

interface SystemdTool {
  readonly name: string;
  readonly kind: LintKind;
  /** The first version that can look without doing. */
  readonly since: number;
  readonly directory: string;
  readonly args: (root: string, copies: readonly string[]) => readonly string[];
  readonly read: (output: ToolOutput) => readonly Finding[];
}

// Names of groups are not looked up: udevadm asks this machine even for another root.
const systemdTools: readonly SystemdTool[] = [
  {
    name: 'udevadm',
    kind: 'udev-rules',
    since: 254,
    directory: 'etc/udev/rules.d',
    args: (_, copies) => ['verify', '--resolve-names=never', '--no-style', ...copies],
    read: readUdevadmOutput,
  },
  {
    name: 'systemd-sysusers',
    kind: 'sysusers',
    since: 250,
    directory: 'usr/lib/sysusers.d',
    args: (root) => ['--dry-run', `--root=${root}`],
    read: readSysusersOutput,
  },
  {
    name: 'systemd-tmpfiles',
    kind: 'tmpfiles',
    since: 256,
    directory: 'usr/lib/tmpfiles.d',
    args: (root) => ['--dry-run', '--create', `--root=${root}`],
    read: readTmpfilesOutput,
  },
];

async function runSystemdTool(
  tool: SystemdTool,
  files: readonly LintFile[],
  context: LintContext,
): Promise<readonly Finding[]> {
  if (!files.some(({ kind }) => kind === tool.kind)) return [];
  if (findTool(tool.name) === null) return [notRun(tool.name, 'it is not installed')];
  const version = readSystemdVersion((await runTool(tool.name, ['--version'])).stdout);
  if (version < tool.since) return [notRun(tool.name, describeAge(tool, version))];
  const found = tool.read(await runOnCopies(tool, files, context, version));
  // Who is there is not known then, and the copies have nobody.
  return context.accounts === null
    ? found.filter(({ message }) => !message.includes('Failed to resolve '))
    : found;
}

function describeAge({ since }: SystemdTool, version: number): string {
  return `it is of systemd ${version}, and can do this since ${since}`;
}

function runOnCopies(
  tool: SystemdTool,
  files: readonly LintFile[],
  { target, accounts }: LintContext,
  version: number,
): Promise<ToolOutput> {
  return withScratch(async ({ path, write }) => {
    const known = accounts ?? { users: [], groups: [] };
    const groups = tool.kind === 'tmpfiles' ? withPlanned(known.groups, files) : known.groups;
    write('etc/passwd', known.users.map(printUser).join(''));
    write('etc/group', groups.map(({ name, gid }) => `${name}:x:${gid}:\n`).join(''));
    const copies = distinct(files.filter(({ kind }) => kind === tool.kind));
    const sources = new Map(
      copies.map((file) => [write(`${tool.directory}/${file.name}`, file.text), file.path]),
    );
    const result = await runTool(tool.name, tool.args(path, [...sources.keys()]));
    const isOlder = target !== null && version < readSystemdVersion(target.systemd);
    return { ...result, sources, isOlder };
  });
}

function printUser({ name, uid, gid }: PasswdEntry): string {
  return `${name}:x:${uid}:${gid}::/:\n`;
}

// The groups of a package are there before its tmpfiles lines are applied.
function withPlanned(
  groups: readonly GroupEntry[],
  files: readonly LintFile[],
): readonly GroupEntry[] {
  const planned = definedGroups(placeLines(files.filter(({ kind }) => kind === 'sysusers')));
  const names = [...planned].filter((name) => findGroup(groups, name) === undefined);
  const free = names.map((name, index) => ({ name, gid: 60000 + index, members: [] }));
  return [...groups, ...free];
}

// In one directory there is one file of a name.
function distinct(files: readonly LintFile[]): readonly LintFile[] {
  return [...new Map(files.map((file) => [file.name, file])).values()];
}
