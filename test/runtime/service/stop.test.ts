import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstatSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { makeDirectory, makeSite, start } from '../../support/launcher.ts';
import { rootOnly } from '../../support/scratch.ts';
import { callNamed } from '../../support/service.ts';

test(
  'what started without a monitor is ended, whatever it puts in the place of one',
  rootOnly,
  async (context) => {
    const site = makeSite(context);
    const roots = makeDirectory(`${site.path}/roots`, 0o755);
    const server = createServer().listen({ path: `${roots}/qmp`, writableAll: true });
    context.after(() => server.close());
    await once(server, 'listening');
    const before = lstatSync(`${roots}/qmp`);
    const program = `${site.path}/program`;
    const script = `ln -s ${roots}/qmp ${site.run}/x/qmp; trap 'exit 3' TERM; while :; do sleep 0.1; done`;
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { ended } = await start(context, site, 'x', [program]);
    assert.ok(lstatSync(`${site.run}/x/qmp`).isSymbolicLink());
    const { status, stderr } = callNamed(site, 'stop', 'x', '--timeout', '0');
    assert.equal(status, 0);
    assert.match(stderr, /cannot be asked to power down: it does not answer/);
    assert.equal(await ended, 3);
    const { uid, mode } = lstatSync(`${roots}/qmp`);
    assert.deepEqual([uid, mode], [before.uid, before.mode]);
  },
);
