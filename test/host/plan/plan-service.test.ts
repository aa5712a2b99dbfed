import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LibvirtDaemon } from '../../../src/host/facts/read-libvirt.ts';
import { planChanges } from '../../../src/host/plan/plan.ts';
import { planService } from '../../../src/host/plan/plan-service.ts';
import { convergedFacts, fileState, intentOf, liveFacts } from '../../support/host.ts';

const fedora = intentOf('fedora-44');
const restarting = { ...fedora, consent: { ...fedora.consent, restart: true } };
const daemon: LibvirtDaemon = {
  name: 'virtqemud',
  pid: 12,
  started: 1000,
  unit: 'virtqemud.service',
};

function factsWith(libvirt: readonly LibvirtDaemon[], qemuConfTime: number) {
  return { ...convergedFacts, live: { ...liveFacts, libvirt }, qemuConfTime };
}

const needs =
  'libvirt reads qemu.conf only when it starts: virtqemud (process 12) must start again';

for (const [name, time, isPending, message] of [
  ['written before the start', 999, false, null],
  ['written within what is known of the start', 1001.05, false, null],
  ['written later', 1001.5, false, needs],
  ['about to be written', 999, true, needs],
] as const) {
  test(`qemu.conf ${name}`, () => {
    const { changes, findings } = planService(fedora, factsWith([daemon], time), isPending);
    assert.deepEqual(changes, []);
    assert.deepEqual(
      findings.map(({ severity, message }) => [severity, message]),
      message === null ? [] : [['info', message]],
    );
  });
}

test('with consent the service starts again', () => {
  assert.deepEqual(planService(restarting, factsWith([daemon], 2000), false), {
    changes: [
      {
        kind: 'service',
        id: 'virtqemud.service',
        action: 'update',
        before: { configuration: 'old' },
        after: { configuration: 'current' },
        done: false,
      },
    ],
    findings: [
      {
        code: 'VP_WARN_RESTART',
        severity: 'info',
        message: 'virtqemud.service is started again; running guests go on',
        hint: '',
      },
    ],
  });
});

test('a daemon that systemd does not know is left to whoever started it', () => {
  const facts = factsWith([{ ...daemon, unit: null }], 2000);
  assert.deepEqual(planService(restarting, facts, false), {
    changes: [],
    findings: [
      {
        code: 'VP_WARN_RESTART',
        severity: 'warning',
        message:
          'libvirt reads qemu.conf only when it starts: virtqemud (process 12) must start again, and no systemd service is in charge of it',
        hint: 'end it (kill 12) and start it as it was started; running guests go on',
      },
    ],
  });
});

test('a change of qemu.conf and the restart are one plan, the restart last', () => {
  const facts = { ...factsWith([daemon], 999), qemuConf: fileState('') };
  const kinds = (intent: typeof fedora) =>
    planChanges(intent, facts)
      .changes.filter(({ action }) => action !== 'none')
      .map(({ kind }) => kind);
  assert.deepEqual(kinds(restarting), ['conf', 'service']);
  assert.deepEqual(kinds(fedora), ['conf']);
});

test('nothing is asked of a host without a daemon, or of an image', () => {
  const nothing = { changes: [], findings: [] };
  assert.deepEqual(planService(restarting, factsWith([], 2000), true), nothing);
  assert.deepEqual(planService(restarting, { ...convergedFacts, qemuConfTime: 1 }, true), nothing);
});
