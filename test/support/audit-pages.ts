import { renderPage } from '../../src/verify/audit-page.ts';
import type { Audit, Judgement } from '../../src/verify/judgement.ts';
import { fullSet } from './crafted-proc.ts';
import { judgementOf } from './process-facts.ts';

const origin = { host: 'host.example', time: '2026-11-23 12:00:00 UTC' };

/** An audit of these processes, all of which were seen. */
export function auditOf(...judgements: readonly Judgement[]): Audit {
  return { judgements, findings: [], isComplete: true, hasRights: true };
}

/** The page of an audit. */
export function pageOf(audit: Audit): string {
  return renderPage(audit, origin);
}

/** One that fails, one that passes, one that is not seen wholly, one whose words are as long as they get. */
export const mixed: readonly Judgement[] = [
  judgementOf({}, { pid: 8, guest: 'good', startedBy: 'libvirt', evidence: "libvirt's pid file" }),
  judgementOf({ Uid: '0\t0\t0\t0', CapEff: fullSet, CapBnd: fullSet }, { guest: 'bad' }, [
    { NoNewPrivs: '0' },
  ]),
  judgementOf(
    { CapBnd: fullSet },
    { pid: 9, files: null, unread: [{ what: 'files', why: 'permission denied' }] },
  ),
  judgementOf(
    { Groups: Array.from({ length: 40 }, (_, index) => 60_000 + index).join(' ') },
    {
      pid: 4_194_304,
      guest: 'g'.repeat(200),
      program: `/opt/${'long'.repeat(50)}/qemu-system-x86_64`,
      label: `system_u:system_r:svirt_t:s0:${Array.from({ length: 60 }, (_, i) => `c${i}`).join()}`,
      evidence: `${'p'.repeat(120)}, process 1`,
    },
  ),
];

/** The page of those, on a machine where something could not be seen. */
export const mixedPage = pageOf({
  ...auditOf(...mixed),
  isComplete: false,
  findings: [
    {
      code: 'VP_AUDIT_INCOMPLETE',
      severity: 'warning',
      message: 'the mount option hidepid of /proc hides the processes of other users',
      hint: 'run it as root, outside of containers',
    },
  ],
});
