import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { handledRights } from '../../src/runtime/confinement/landlock-rights.ts';
import {
  call,
  makeDisk,
  makeSite,
  owner,
  ownerOf,
  siteWords,
  target,
} from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { askInCell, buildProbe } from '../support/probe.ts';
import { rootOnly } from '../support/scratch.ts';
import { perform } from './native/executor.ts';

const kernel = native.landlockVersion();
const options = { skip: rootOnly.skip || (kernel === 0 ? 'this kernel has no Landlock' : false) };

const attempts = ['read', 'write', 'empty'];
/** What a rule may give; the first means nothing on a file. */
const bits = { none: 1 << 3, read: 1 << 2, all: (1 << 1) | (1 << 2) | (1 << 14) };

/** Performs a plan with all that this ABI has, and asks the probe for the use of a file of its own user. */
function askAtAbi(context: TestContext, abi: number, rights: number): readonly string[] {
  const site = makeSite(context);
  const file = `${site.path}/file`;
  writeFileSync(file, 'x');
  chmodSync(file, 0o666);
  const { files, ports, scopes, flags } = handledRights(abi, false);
  const libraries = ['/usr', '/lib', '/lib64', `${site.path}/probe`].map((path) => {
    return { how: 'optional', rights: 0b1101, path };
  });
  const questions = `${site.path}/questions`;
  writeFileSync(questions, attempts.map((word) => `${word} ${file}\n`).join(''));
  const probe = buildProbe(site);
  const { step, stdout } = perform({
    argv: [probe, questions],
    landlock: [files, ports, scopes, flags],
    files: [...libraries, { rights: 0b100, path: questions }, { rights, path: file }],
  });
  assert.equal(step, null);
  return stdout.trim().split('\n');
}

for (let abi = 1; abi <= Math.min(kernel, 7); abi++) {
  test(`Landlock of ABI ${abi} denies what no rule gives`, options, (context) => {
    const ask = (rights: number) =>
      askAtAbi(context, abi, rights & handledRights(abi, false).files);
    assert.deepEqual(ask(bits.none), ['read EACCES', 'write EACCES', 'empty EACCES']);
    // Before the third a file that may be read could be emptied too.
    const emptied = abi >= 3 ? 'empty EACCES' : 'empty ok';
    assert.deepEqual(ask(bits.read), ['read ok', 'write EACCES', emptied]);
    assert.deepEqual(ask(bits.all), ['read ok', 'write ok', 'empty ok']);
  });
}

test(
  '--landlock-tcp leaves the ports of the command line, and without it all',
  options,
  async (context) => {
    const needed = kernel >= 4 ? null : `this kernel's Landlock knows no ports`;
    if (needed !== null) {
      context.skip(needed);
      return;
    }
    const site = makeSite(context);
    const probe = buildProbe(site);
    const server = createServer().listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const tried = [`tcp-connect ${port}`, 'tcp-listen 59321', 'tcp-listen 59322'];
    const words = ['-serial', `tcp:127.0.0.1:${port}`, '-vnc', ':53422'];
    const ask = (...more: readonly string[]) =>
      askInCell(site, probe, tried, { options: more, words });
    assert.deepEqual(ask(), ['tcp-connect ok', 'tcp-listen ok', 'tcp-listen ok']);
    assert.deepEqual(ask('--landlock-tcp'), [
      'tcp-connect ok',
      'tcp-listen EACCES',
      'tcp-listen ok',
    ]);
    const others = { options: ['--landlock-tcp'], words: ['-vnc', ':53422'] };
    assert.deepEqual(askInCell(site, probe, tried, others), [
      'tcp-connect EACCES',
      'tcp-listen EACCES',
      'tcp-listen ok',
    ]);
  },
);

test('--landlock require starts where there is enough of it', options, (context) => {
  const site = makeSite(context);
  const probe = buildProbe(site);
  const disk = makeDisk(site, 'other.raw', target);
  const answers = askInCell(site, probe, [`read ${disk}`], { options: ['--landlock', 'require'] });
  assert.deepEqual(answers, ['read EACCES']);
});

test(
  'on a kernel without Landlock `auto` starts and says so, `require` refuses',
  options,
  (context) => {
    const site = makeSite(context);
    const disk = makeDisk(site);
    const inject = 'inject=landlock_create_ruleset:error=EOPNOTSUPP';
    const trace = [
      '-f',
      '-o',
      `${site.path}/trace`,
      '-e',
      'trace=landlock_create_ruleset',
      '-e',
      inject,
    ];
    const wrapper = ['strace', ...trace];
    const run = (wish: string) =>
      call(siteWords(site, 'run', '--landlock', wish, '--', '/bin/true', disk), { wrapper });
    const auto = run('auto');
    assert.equal(auto.status, 0, auto.stderr);
    assert.match(
      auto.stderr,
      /warning: this kernel has no Landlock: QEMU can open every file that its user may/,
    );
    const required = run('require');
    assert.equal(required.status, 125);
    assert.match(
      required.stderr,
      /error: --landlock require needs Landlock of version 3, and this kernel has none/,
    );
    assert.deepEqual(ownerOf(disk), owner);
  },
);
