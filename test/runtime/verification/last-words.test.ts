import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { call, emulator, makeSite, siteWords } from '../../support/launcher.ts';
import { compile } from '../../support/program.ts';
import { makeScratch, rootOnly } from '../../support/scratch.ts';

/** Ends as it is told to by its one argument: with a status, or by the signal behind a minus. */
const ending = `
#include <signal.h>
#include <stdlib.h>
int main(int argc, char **argv) {
	int end = argc > 2 ? atoi(argv[2]) : 0;
	if (end < 0)
		raise(-end);
	return end;
}
`;

/** How the emulator ends, and what is said. */
const rows = [
  ['0', 0, null],
  ['3', 3, null],
  [
    '1',
    1,
    /error: QEMU has ended at its start\n.*hint: if it was denied a path that `qemu-launch plan` does not list, .*--allow PATH/,
  ],
  [
    '-31',
    159,
    /error: QEMU was ended for a system call that -sandbox denies it\n.*hint: .*-sandbox on,spawn=allow/,
  ],
  ['-9', 137, null],
] as const;

for (const [end, status, words] of rows) {
  test(`last words of a QEMU that ends with ${status}`, rootOnly, (context) => {
    const site = makeSite(context);
    const program = compile(`${site.path}/ending`, ending);
    const result = call(siteWords(site, 'run', '--', program, '-name', end));
    assert.equal(result.status, status, result.stderr);
    if (words === null) assert.equal(result.stderr, '');
    else assert.match(result.stderr, words);
  });
}

test('the real QEMU that cannot start is spoken of after its own words', rootOnly, (context) => {
  const site = makeSite(context);
  const words = ['-display', 'none', '-M', 'nonsense'];
  const { status, stderr } = call(siteWords(site, 'run', '--', emulator, ...words));
  assert.equal(status, 1);
  assert.match(stderr, /unsupported machine type[\s\S]*error: QEMU has ended at its start/);
});

test('where the audit log tells, the path is named', rootOnly, (context) => {
  const site = makeSite(context);
  const audit = makeScratch(context);
  chmodSync(audit, 0o755);
  mkdirSync(`${audit}/audit`);
  // The launcher's view of /var/log is the test's own; the emulator writes what the kernel would have told auditd.
  const program = `${site.path}/emulator`;
  const line = (type: string, rest: string) =>
    `echo 'type=${type} msg=audit(1.0:1): domain=ab ${rest}'`;
  const script = [
    '#!/bin/sh',
    `{ ${line('LANDLOCK_ACCESS', 'blockers=fs.write_file path="/srv/other.raw" dev="vda" ino=1')}`,
    `echo "type=LANDLOCK_DOMAIN msg=audit(1.0:1): domain=ab status=allocated mode=enforcing pid=$$ uid=1 exe=\\"x\\""`,
    '} > /var/log/audit/audit.log',
    'exit 1',
  ];
  writeFileSync(program, `${script.join('\n')}\n`, { mode: 0o755 });
  const mount = `mount --bind ${audit} /var/log && chmod 777 /var/log/audit && exec "$@"`;
  const wrapper = ['unshare', '--mount', 'sh', '-c', mount, 'sh'];
  const words = siteWords(site, 'run', '--allow', '/var/log/audit:rw', '--', program);
  const { status, stderr } = call(words, { wrapper });
  assert.equal(status, 1, stderr);
  assert.match(
    stderr,
    /error: QEMU was denied \/srv\/other\.raw, which its arguments do not name for writing\n/,
  );
  assert.match(stderr, /hint: if it may use that: --allow \/srv\/other\.raw:rw\n/);
});
