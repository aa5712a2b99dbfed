import assert from 'node:assert/strict';
import { chownSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import {
  call,
  makeDirectory,
  makeSite,
  paused,
  siteWords,
  target,
} from '../../support/launcher.ts';
import { brief, parse } from '../../support/qemu-args.ts';
import { rootOnly } from '../../support/scratch.ts';

for (const option of ['-pidfile', '-D']) {
  test(`${option} without a name is malformed`, () => {
    const [finding] = parse([option, '']).findings;
    assert.equal(finding?.code, 'VP_ARGUMENT_MALFORMED');
    assert.equal(finding?.message, `${option}: the file name is empty`);
  });
}

for (const [option, path] of [
  ['-perfmap', '/tmp/perf-PID.map'],
  ['-jitdump', '/vm/jit-PID.dump'],
] as const) {
  test(`${option} makes a file whose name nobody knows before`, () => {
    const directory = dirname(path);
    const [finding, ...more] = parse([option], [{ path: directory, access: 'ro' }]).findings;
    assert.deepEqual(more, []);
    assert.deepEqual(finding, {
      code: 'VP_ARGUMENT_UNKNOWN_PATH',
      severity: 'error',
      path: directory,
      message: `${option} makes a file of QEMU's process id, ${path}, which nobody knows before`,
      hint: `leave it out, or add --allow ${directory}:rw before the --`,
    });
    const allowed = parse([option], [{ path: directory, access: 'rw' }]);
    assert.deepEqual(allowed.findings, []);
    assert.deepEqual(allowed.paths.map(brief), [`${path} log rw created`]);
  });
}

for (const isThere of [false, true]) {
  test(`what QEMU makes may be ${isThere ? 'there already' : 'missing'}`, rootOnly, (context) => {
    const site = makeSite(context);
    const own = makeDirectory(`${site.path}/own`, 0o755, target);
    const [pidfile, log, serial, serialLog] = ['p', 'd', 's', 'l'].map((name) => `${own}/${name}`);
    for (const file of isThere ? [pidfile, log, serial, serialLog] : []) {
      writeFileSync(file ?? '', 'old');
      chownSync(file ?? '', target.uid, target.gid);
    }
    const options = ['--allow', `${serialLog}:rw`, '--json', '--'];
    const files = `-pidfile ${pidfile} -D ${log} -serial file:${serial}`.split(' ');
    const socket = ['-monitor', `tcp::0,server=on,wait=off,logfile=${serialLog}`];
    const { status, stdout } = call([
      ...siteWords(site, 'plan', ...options, ...paused),
      ...files,
      ...socket,
    ]);
    assert.equal(status, 0, stdout);
    const { resources, findings } = JSON.parse(stdout);
    const actions = resources.map(({ kind, action }: Record<string, string>) => [kind, action]);
    assert.deepEqual(findings, []);
    assert.deepEqual(actions.sort(), [
      ['chardev', 'create'],
      ['log', 'create'],
      ['log', 'create'],
      ['pidfile', 'create'],
    ]);
  });
}
