import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProcStatus } from '../../src/formats/proc-status.ts';
import { call, makeSite, siteWords, target } from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { buildProbe } from '../support/probe.ts';
import { rootOnly } from '../support/scratch.ts';
import { perform } from './native/executor.ts';

const root = 'user = "root"\ngroup = "root"\n';
const none = '0'.repeat(16);

interface Row {
  readonly conf: string;
  readonly keeps: boolean;
  readonly warning: RegExp;
}

const rows: readonly Row[] = [
  { conf: root, keeps: false, warning: /warning: QEMU will run as root: without capabilities/ },
  {
    conf: `${root}clear_emulator_capabilities = 1\n`,
    keeps: false,
    warning: /warning: QEMU will run as root: without capabilities/,
  },
  {
    conf: `${root}clear_emulator_capabilities = 0\n`,
    keeps: true,
    warning: /warning: QEMU will run as root with all of its capabilities/,
  },
  {
    conf: `user = "+${target.uid}"\ngroup = "+${target.gid}"\nclear_emulator_capabilities = 0\n`,
    keeps: false,
    warning: /clear_emulator_capabilities has no effect here: only root has capabilities to keep/,
  },
];

for (const { conf, keeps, warning } of rows) {
  test(`${keeps ? 'kept' : 'gone'} with ${JSON.stringify(conf)}`, rootOnly, (context) => {
    const site = makeSite(context, conf);
    const words = ['--', buildProbe(site)];
    const plan = JSON.parse(call(siteWords(site, 'plan', '--json', ...words)).stdout);
    assert.equal(plan.confinement.capabilities, keeps ? 'kept' : 'none');
    assert.equal(plan.confinement.boundingSet, keeps ? 'unchanged' : 'empty');
    const run = call(siteWords(site, 'run', ...words), { input: 'state\n' });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, warning);
    const { capEff, capBnd, capAmb, noNewPrivs, seccomp } = parseProcStatus(run.stdout);
    const held = native.readCapabilities(0);
    const expected = keeps ? [held.effective, held.bounding] : [none, none];
    assert.deepEqual([capEff, capBnd, capAmb, noNewPrivs, seccomp], [...expected, none, true, 2]);
  });
}

test('capabilities that are kept are root’s, whoever asks', rootOnly, () => {
  const { step } = perform({ argv: ['/bin/true'], capabilities: 'kept' });
  assert.equal(step, 'plan');
});
