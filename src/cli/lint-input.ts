import type { Finding } from '../errors.ts';
import { catchFinding } from '../generate/lint/catch-finding.ts';
import type { LintContext, LintFile } from '../generate/lint/lint-file.ts';
import { lintFiles } from '../generate/lint/lint-files.ts';
import { lintOverrides } from '../generate/lint/lint-overrides.ts';
import { lintPayload } from '../generate/lint/lint-payload.ts';
import { chooseTarget } from '../host/choose-target.ts';
import type { LintInput } from '../host/lint/lint-input.ts';
import { lookAtMergedFiles, readLintAccounts } from '../host/lint/lint-merged.ts';
import { runLintTools } from '../host/lint/lint-tools.ts';
import { findPackage } from '../host/package-files.ts';
import { openRoot, type Root } from '../host/root.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Target } from '../targets/target.ts';
import type { Context, GlobalOptions } from './context.ts';
import { makePayload } from './make-payload.ts';
import { readTargets } from './read-inputs.ts';

/** The findings of files that the caller names, for the target they are meant for. */
export async function lintInput(
  context: Context,
  options: GlobalOptions,
  { files, findings, target: ownTarget }: LintInput,
): Promise<readonly Finding[]> {
  const root = openRoot(options.root, context.addonFile);
  const id = options.target ?? ownTarget;
  // A set for all targets holds variants of one file: what is wrong on one target only is for that target.
  if (id === 'all') return [...findings, ...(await lintEach(files))];
  const chosen = chooseTarget(readTargets(context), id, root);
  const setting = settingOf(root, chosen.target);
  return [
    ...chosen.findings,
    ...findings,
    ...lintFiles(files, setting),
    ...lintPolicies(context, root, files, chosen.target),
    ...lintAgainstRoot(root, files, setting),
    ...(await runLintTools(files, setting)),
  ];
}

const nowhere: LintContext = { target: null, policy: null, accounts: null };

async function lintEach(files: readonly LintFile[]): Promise<readonly Finding[]> {
  const specs = files.filter(({ kind }) => kind === 'spec');
  return [
    ...files.flatMap((file) => lintFiles([file], nowhere)),
    ...(await runLintTools(specs, nowhere)),
  ];
}

function settingOf(root: Root, target: Target): LintContext {
  return { target, policy: null, accounts: readLintAccounts(root, target.id) };
}

function lintPolicies(
  context: Context,
  root: Root,
  files: readonly LintFile[],
  target: Target,
): readonly Finding[] {
  return files
    .filter(({ kind }) => kind === 'policy')
    .flatMap((file) => lintPolicy(context, root, file, target));
}

// What a policy generates may have findings that the policy itself does not show.
function lintPolicy(
  context: Context,
  root: Root,
  { path, text }: LintFile,
  target: Target,
): readonly Finding[] {
  const found = catchFinding(() => {
    const effective = parsePolicy(text, path, target);
    const inputs = { package: findPackage(context.programFile), root, target, findings: [] };
    const payload = makePayload({ ...inputs, effective }, { layout: 'usr', delivery: 'include' });
    return lintPayload(payload, target);
  });
  return found.map((finding) => (finding.path === path ? finding : ofPolicy(finding, path)));
}

function ofPolicy({ code, severity, path, message, hint }: Finding, policy: string): Finding {
  const where = path === undefined ? '' : `in ${path} that it generates: `;
  return { code, severity, path: policy, message: `${where}${message}`, hint };
}

// Files meant for another release say nothing about this root.
function lintAgainstRoot(
  root: Root,
  files: readonly LintFile[],
  { accounts }: LintContext,
): readonly Finding[] {
  if (accounts !== null) {
    const merged = lookAtMergedFiles(root);
    return [...merged.findings, ...lintOverrides(files, merged.files)];
  }
  const installed = ['udev-rules', 'sysusers', 'tmpfiles'];
  if (!files.some(({ kind }) => installed.includes(kind))) return [];
  const message = `the accounts and files of ${root.path} were not looked at: it has another release`;
  const hint = 'for a release as it stands somewhere: --root DIR without --target';
  return [{ code: 'VP_LINT_NOT_RUN', severity: 'info', message, hint }];
}
