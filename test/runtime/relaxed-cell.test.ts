import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, makeHost } from '../support/attacked-host.ts';
import { call, siteWords } from '../support/launcher.ts';
import { askInCell } from '../support/probe.ts';
import { canShow } from '../support/probe-control.ts';
import { rootOnly } from '../support/scratch.ts';

test(
  'a writable 9p directory and a thread-context relax what they must, with a warning',
  rootOnly,
  async (context) => {
    const { site, probe, things } = await makeHost(context);
    const attempts = ['chmod NEIGHBOUR', 'read NEIGHBOUR', 'affinity PID'].map((each) =>
      fill(each, things),
    );
    const share = ['-fsdev', `local,id=f,path=${things['SCRATCH']},security_model=none`];
    assert.deepEqual(askInCell(site, probe, attempts, { words: share }), [
      'chmod ok',
      'read EACCES',
      'affinity EPERM',
    ]);
    const bound = ['-object', 'thread-context,id=t'];
    assert.deepEqual(askInCell(site, probe, attempts, { words: bound }), [
      'chmod EPERM',
      'read EACCES',
      'affinity ok',
    ]);
    const { stderr } = call(siteWords(site, 'run', '--', '/bin/true', ...share, ...bound));
    assert.match(stderr, /warning: a shared directory is writable: /);
    assert.match(stderr, /warning: a thread-context binds threads /);
  },
);

test('io_uring is there for a disk that says so, with a warning, and not for a name that sounds so', {
  skip: canShow('ring') ? rootOnly.skip : 'this kernel gives no io_uring to users',
}, async (context) => {
  const { site, probe, disk } = await makeHost(context);
  const drive = ['-drive', `file=${disk},format=raw,aio=io_uring`];
  const name = ['-name', 'aio=io_uring,guest=thread-context'];
  assert.deepEqual(askInCell(site, probe, ['ring'], { words: drive }), ['ring ok']);
  assert.deepEqual(askInCell(site, probe, ['ring'], { words: name }), ['ring EPERM']);
  const warned = (words: readonly string[]) =>
    /warning: (?:io_uring|a thread-context) /.test(
      call(siteWords(site, 'run', '--', '/bin/true', ...words)).stderr,
    );
  assert.deepEqual([warned(drive), warned(name)], [true, false]);
});
