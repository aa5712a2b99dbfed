import assert from 'node:assert/strict';
import { type BootedHost, outputOf } from '../../support/booted-host.ts';

export interface Shown {
  readonly id: string;
  readonly status: string;
  readonly summary: string;
  readonly evidence: string;
  readonly hint: string;
}

/** Runs `provision verify` on the host; its exit status, and each check by its id. */
export function verify(host: BootedHost, ...words: readonly string[]) {
  const { status, stdout, stderr } = host.run(`provision verify --json ${words.join(' ')}`);
  assert.notEqual(stdout, '', stderr);
  const { ok, checks } = JSON.parse(stdout);
  const byId = Object.fromEntries((checks as readonly Shown[]).map((check) => [check.id, check]));
  return { status, ok, checks: byId as Readonly<Record<string, Shown>>, stderr };
}

/** What a host must be like after a check, whatever came of it. */
export function assertNothingLeft(host: BootedHost): void {
  const left = outputOf(
    host,
    'ls -d /run/virt-privileges-verify* 2>/dev/null || true; virsh --quiet list --all; pgrep -a qemu-system || true',
  );
  assert.equal(left.trim(), '');
}
