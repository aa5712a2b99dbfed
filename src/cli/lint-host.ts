import type { Finding } from '../errors.ts';
import { catchFinding } from '../generate/lint/catch-finding.ts';
import type { LintContext, LintFile } from '../generate/lint/lint-file.ts';
import { lintFiles } from '../generate/lint/lint-files.ts';
import { lintKvm } from '../generate/lint/lint-kvm.ts';
import { chooseTarget } from '../host/choose-target.ts';
import { lookAtMergedFiles, readLintAccounts } from '../host/lint/lint-merged.ts';
import { runLintTools } from '../host/lint/lint-tools.ts';
import { readPolicy } from '../host/read-policy.ts';
import { openRoot, type Root } from '../host/root.ts';
import type { Policy } from '../policy/policy.ts';
import type { Target } from '../targets/target.ts';
import type { Context, GlobalOptions } from './context.ts';
import { readTargets } from './read-inputs.ts';

/** The findings of everything that udev, systemd-sysusers and systemd-tmpfiles of the root read together. */
export async function lintHost(
  context: Context,
  options: GlobalOptions,
): Promise<readonly Finding[]> {
  const root = openRoot(options.root, context.addonFile);
  const chosen = chooseTarget(readTargets(context), options.target ?? null, root);
  const { target } = chosen;
  const { policy, findings } = readPolicyOrFinding(root, target, options.policy ?? null);
  const { files, findings: unread } = lookAtMergedFiles(root);
  const setting = { target, policy, accounts: readLintAccounts(root, target.id) };
  return [
    ...chosen.findings,
    ...findings,
    ...unread,
    ...lintKvm(files, setting),
    ...(await lintOwn(files, setting)),
  ];
}

function readPolicyOrFinding(root: Root, target: Target, file: string | null) {
  let policy: Policy | null = null;
  const findings = catchFinding(() => {
    policy = readPolicy(root, target, file).policy;
    return [];
  });
  return { policy, findings };
}

// Files of other packages are read for what they do to ours, not judged.
async function lintOwn(
  files: readonly LintFile[],
  setting: LintContext & { readonly target: Target },
): Promise<readonly Finding[]> {
  const own = files.filter((file) => isOwn(file, setting.target));
  const judged = files.filter((file) => file.kind === 'sysusers' || own.includes(file));
  const found = [...lintFiles(judged, setting), ...(await runLintTools(judged, setting))];
  const names = accountNames(setting.policy);
  return found.filter((finding) => {
    // What is installed has been built: rpm has no more say in it.
    if (finding.code === 'VP_LINT_RPM') return false;
    if (finding.path === undefined && finding.code !== 'VP_LINT_TOOL') return true;
    return own.some(({ path }) => path === finding.path) || concerns(finding, judged, names);
  });
}

function isOwn({ name }: LintFile, { rulesFile }: Target): boolean {
  return name === rulesFile || name.includes('virt-privileges');
}

function accountNames(policy: Policy | null): readonly string[] {
  if (policy === null) return [];
  return [policy.user.name, policy.group.name, policy.kvm.group.name];
}

// By the line that it is about, or by its words where a tool names no line.
function concerns(
  { path, line, message }: Finding,
  files: readonly LintFile[],
  names: readonly string[],
): boolean {
  const text = files.find((file) => file.path === path)?.text.split('\n')[(line ?? 0) - 1];
  const words = (text ?? message).split(/[^A-Za-z0-9_-]+/);
  return names.some((name) => words.includes(name));
}
