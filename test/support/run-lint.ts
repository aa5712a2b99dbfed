import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeTree } from './host.ts';
import { runProvision } from './run-provision.ts';

const systemd = 'KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"\n';

/** The least that lint needs of a root of Fedora's. */
export const fedora = {
  'etc/os-release': 'ID=fedora\nVERSION_ID=44\n',
  'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
  'etc/group': 'root:x:0:\nkvm:x:36:\n',
  'usr/lib/udev/rules.d/50-udev-default.rules': systemd,
  'usr/lib/tmpfiles.d/static-nodes-permissions.conf': 'z /dev/kvm 0666 - kvm -\n',
};

/** A finding of the document. */
export interface Shown {
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** What `provision lint --json` says. */
export function lint(...words: readonly string[]) {
  const { exitCode, stdout, stderr } = runProvision('lint', '--json', ...words);
  const { version, findings, error } = JSON.parse(stdout);
  return { exitCode, stderr, version, error, findings: (findings ?? []) as readonly Shown[] };
}

/** Without what the tools of this machine say, or cannot. */
export function own(findings: readonly Shown[]): readonly Shown[] {
  const isTool = ({ code }: Shown) => code === 'VP_LINT_TOOL' || code === 'VP_LINT_NOT_RUN';
  return findings.filter((finding) => !isTool(finding));
}

/** `FILE:LINE:COLUMN severity CODE`. */
export function show({ path, line, column, severity, code }: Shown): string {
  const place = [path?.split('/').at(-1), line, column].filter((part) => part !== undefined);
  return `${place.join(':')} ${severity} ${code}`;
}

/** Lints a file of that name and text for Fedora 44, with its directory as the root. */
export function lintText(
  context: TestContext,
  name: string,
  text: string,
  ...words: readonly string[]
) {
  const tree = makeTree(context, { [name]: text });
  return lint('--target', 'fedora-44', '--root', tree, ...words, join(tree, name));
}

/** A generated set of a target. */
export function generate(context: TestContext, id: string): string {
  const out = join(makeTree(context), 'out');
  assert.equal(runProvision('generate', '--target', id, '--out', out).exitCode, 0);
  return out;
}
