import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { call, makeDirectory, makeSite, owner, paused } from '../../support/launcher.ts';
import { executorPath } from '../../support/native.ts';
import { rootOnly } from '../../support/scratch.ts';
import { startService } from '../../support/service.ts';

test(
  'without root: prepared, started, adopted, stopped and cleared away',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const home = makeDirectory(`${site.path}/home`, 0o700, owner);
    const ids = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
    const wrapper = ['/usr/bin/setpriv', ...ids];
    const env = { PATH: '/usr/bin:/bin', HOME: home, XDG_RUNTIME_DIR: home };
    const run = (...words: string[]) => call(words, { wrapper, env });
    const prepared = run('prepare', '--name', 'web', '--', ...paused);
    assert.equal(prepared.status, 0, prepared.stderr);
    const plan = `${home}/virt-privileges/web.plan`;
    assert.equal(statSync(plan).mode & 0o777, 0o600);
    assert.equal(statSync(plan).uid, owner.uid);
    const words = [...wrapper, executorPath, plan];
    const qemu = startService(context, words, env);
    const adopted = run('adopt', 'web', '--pid', String(qemu.pid));
    assert.equal(adopted.status, 0, adopted.stderr);
    assert.equal(run('stop', 'web', '--timeout', '0').status, 0);
    assert.deepEqual(await qemu.ended, { code: 0, signal: null });
    assert.equal(run('restore', 'web').status, 0);
    assert.deepEqual(readdirSync(`${home}/virt-privileges`), []);
  },
);
