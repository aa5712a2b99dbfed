import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../../support/booted-host.ts';
import { cacheDirectory } from '../../support/build-root.ts';
import { hasKvm } from '../../support/kvm.ts';
import { prepareLibvirt } from '../../support/libvirt-guest.ts';
import { runTool } from '../../support/tool.ts';

export interface Shown {
  readonly id: string;
  readonly status: string;
  readonly summary: string;
  readonly evidence: string;
  readonly hint: string;
}

const policy = `
useradd alice
mkdir -p /etc/virt-privileges
echo 'kvm: { access: world }' >/etc/virt-privileges/policy.yaml
provision apply --force-device --restart
`;

/** For a test's options: skipped, with the reason, where there can be no such system. */
export const needsVerifiedHost = hasKvm
  ? needsBootedHost('trixie-libvirt')
  : { skip: 'this machine has no KVM, so that no guest of it can be tried' };

/** A booted system with libvirt, QEMU, a user `alice`, and everybody let in to /dev/kvm, after an apply. */
export async function bootVerifiedHost(context: TestContext): Promise<BootedHost> {
  const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
  outputOf(host, policy);
  return host;
}

/**
 * Runs `provision verify` on the host, with words before it too; its exit status, and the checks. Each guest
 * of KVM is an event that reaches every udevd of the machine: tests that have one wait for this, and this for them.
 */
export function verify(host: BootedHost, words = '', wrapper = '') {
  const script = `${wrapper} provision verify --json ${words}`;
  const inside = host.wordsFor('sh', '-euc', script);
  const all = ['--shared', cacheDirectory, ...inside];
  const { status, stdout, stderr } = runTool('flock', all, { cwd: '/' });
  assert.notEqual(stdout, '', stderr);
  const { version, ok, checks } = JSON.parse(stdout);
  assert.deepEqual([version, stderr], [1, '']);
  return { status, ok: ok === true, checks: checks as readonly Shown[] };
}

/** One of the checks. */
export function find(checks: readonly Shown[], id: string): Shown {
  return checks.find((check) => check.id === id) ?? assert.fail(`no check ${id}`);
}

/** What a host must be like after a check, whatever came of it. */
export function assertNothingLeft(host: BootedHost): void {
  assert.equal(outputOf(host, leftScript).trim(), '');
}

/** Shell: `guests` prints the guests of checks that run, not the QEMU that libvirt asks what it can; it fails when there is none. */
export const guests = `
guests() {
  for pid in $(grep -ls '^qemu-system' /proc/[0-9]*/comm); do
    tr '\\0' ' ' 2>/dev/null <"\${pid%comm}cmdline" && echo
  done | grep -E 'virt-privileges-verify|-qmp stdio'
}
`;

const leftScript = `${guests}
ls -d /run/virt-privileges-verify* 2>/dev/null || true
virsh --quiet list --all
grep -Ehs '^(qemu-exec|qemu-wait|verify-exec|virsh)' /proc/[0-9]*/comm || true
guests || true
`;
