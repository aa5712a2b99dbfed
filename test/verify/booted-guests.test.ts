import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootedHost, bootHost, needsBootedHost, outputOf } from '../support/booted-host.ts';
import { awaitValue, surveyMachine } from '../support/emulators.ts';
import { judge } from '../support/judged-process.ts';
import { endGuest, prepareLibvirt, startGuest } from '../support/libvirt-guest.ts';
import { runTool } from '../support/tool.ts';

const ofRoot = ['VP_AUDIT_ROOT', 'VP_AUDIT_GROUP', ...Array(3).fill('VP_AUDIT_CAPABILITY')];

/** What `provision audit --json` says in that system. */
function auditInside(host: BootedHost, status: number) {
  const audit = host.run('provision audit --json');
  assert.deepEqual([audit.status, audit.stderr], [status, '']);
  return JSON.parse(audit.stdout);
}

/** Asserts that the audit's document says of a process what that system's own cat reads. */
function assertSameInside(host: BootedHost, process: Audited): void {
  const text = outputOf(host, `cat /proc/${process.pid}/status`);
  const { capabilities: sets, noNewPrivs, seccomp, seccompFilters } = process;
  for (const [line, value] of Object.entries({
    CapInh: sets.inheritable,
    CapPrm: sets.permitted,
    CapEff: sets.effective,
    CapBnd: sets.bounding,
    CapAmb: sets.ambient,
    NoNewPrivs: Number(noNewPrivs),
    Seccomp: seccomp,
    Seccomp_filters: seccompFilters,
  }))
    assert.match(text, new RegExp(`^${line}:\\s*${value}$`, 'm'));
}

type Sets = 'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient';

interface Audited {
  readonly pid: number;
  readonly capabilities: Readonly<Record<Sets, string>>;
  readonly noNewPrivs: boolean;
  readonly seccomp: number;
  readonly seccompFilters: number;
}

/** The same process as the machine around that system has it. */
function findOutside(pid: number) {
  return surveyMachine().processes.find((facts) => facts.pid !== pid && isInside(facts.pid, pid));
}

// The last of its pids is that in the innermost process tree; another process may have ended meanwhile.
function isInside(outer: number, inner: number): boolean {
  const { stdout } = runTool('cat', [`/proc/${outer}/status`]);
  return new RegExp(`^NSpid:.*\\s${inner}$`, 'm').test(stdout);
}

test(
  'guests of a live libvirtd in a container, seen from inside it and from outside',
  needsBootedHost('trixie-libvirt'),
  async (context) => {
    const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
    for (const [user, verdict, exitStatus, codes] of [
      // libvirt leaves the bounding set as it finds it.
      ['libvirt-qemu', 'warn', 0, ['VP_AUDIT_BOUNDING']],
      ['root', 'fail', 3, [...ofRoot, 'VP_AUDIT_BOUNDING']],
    ] as const) {
      const conf = `user = "${user}"\\ngroup = "${user}"\\n`;
      outputOf(host, `printf '${conf}' >/etc/libvirt/qemu.conf; systemctl restart libvirtd`);
      const pid = startGuest(host);
      const { processes, complete } = auditInside(host, exitStatus);
      const [process, ...more] = processes;
      assert.deepEqual([complete, more], [true, []]);
      const { name, startedBy, startedByEvidence, uid } = process;
      assert.deepEqual(
        [process.pid, name, startedBy, startedByEvidence, process.user, process.verdict],
        [pid, 'guest', 'libvirt', "libvirt's pid file", user, verdict],
      );
      assertSameInside(host, process);
      const outside = judge(findOutside(pid));
      const { startedBy: by, guest, status } = outside.facts;
      assert.deepEqual([by, guest, status.uid[1]], ['libvirt', 'guest', uid]);
      assert.deepEqual([outside.verdict, outside.codes], [verdict, codes]);
      endGuest(host);
    }
  },
);

test(
  'an emulator under another name in a container is found from outside it',
  needsBootedHost('trixie-libvirt'),
  async (context) => {
    const host = await bootHost(context, 'trixie-libvirt');
    const words = '-machine none -S -display none -nodefaults';
    const start = `cp /usr/bin/qemu-system-x86_64 /opt/innocent; /opt/innocent ${words} -daemonize -pidfile /run/pid`;
    outputOf(host, start);
    const pid = Number(outputOf(host, 'cat /run/pid; rm /opt/innocent'));
    const { facts, verdict } = judge(await awaitValue(() => findOutside(pid)));
    const { mark, program, isDeleted } = facts;
    assert.deepEqual(
      [mark, program, isDeleted, verdict],
      ['content', '/opt/innocent', true, 'fail'],
    );
    const [process] = auditInside(host, 3).processes;
    assert.deepEqual(
      [process.pid, process.foundBy, process.exe],
      [pid, 'content', '/opt/innocent'],
    );
  },
);
