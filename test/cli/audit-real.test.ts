import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyProgram } from '../support/copy-program.ts';
import { moduleDirectory } from '../support/emulators.ts';
import { emulator } from '../support/launcher.ts';
import { startLines, withOwnProc } from '../support/own-proc.ts';
import { programFile } from '../support/run-provision.ts';
import { makeScratch, rootOnly } from '../support/scratch.ts';

const identity = 'setpriv --reuid 34567 --regid 45678 --clear-groups';

/** Five guests, of which one was renamed and deleted, and a script that is none. */
const guests = `
${startLines('root')}
${startLines('unbound', identity)}
${startLines('ambient', `${identity} --inh-caps=+net_admin --ambient-caps=+net_admin`)}
${startLines('good', `${identity} --bounding-set=-all`, '-sandbox on')}
cp ${emulator} "$3/innocent"
export QEMU_MODULE_DIR=${moduleDirectory}
${startLines('renamed', '', '-machine none', '"$3/innocent"')}
rm "$3/innocent"
printf '#!/bin/sh\\nkill -STOP $$\\n' >"$3/qemu-system-x86_64"
chmod 755 "$3/qemu-system-x86_64"
"$3/qemu-system-x86_64" &
`;

const script = `${guests}
for format in json prometheus; do
  "$1" "$2" audit --format "$format" || [ $? = 3 ]
  printf '\\f'
done
for pid in /proc/[0-9]*; do cat "$pid/status"; printf '\\f'; done
`;

/** Status of every process of that tree by pid, as cat reads it: a map from line to value. */
function parseStatuses(
  texts: readonly string[],
): ReadonlyMap<number, Readonly<Record<string, string>>> {
  const all = texts.map((text) =>
    Object.fromEntries(text.split('\n').map((line) => line.split(/:[ \t]*/, 2))),
  );
  return new Map(all.map((lines) => [Number(lines['Pid']), lines]));
}

test('what the program says of real processes is what stands in /proc', rootOnly, (context) => {
  const words = [process.execPath, programFile, makeScratch(context)];
  const { status, stdout, stderr } = withOwnProc(script, ...words);
  assert.deepEqual([status, stderr], [0, '']);
  const [json = '', metrics = '', ...texts] = stdout.split('\f');
  const statuses = parseStatuses(texts);
  const { processes, verdict, complete } = JSON.parse(json);
  assert.deepEqual([verdict, complete], ['fail', true]);
  assert.deepEqual(
    processes.map((each: Record<string, unknown>) => [
      each['name'],
      each['verdict'],
      each['foundBy'],
    ]),
    [
      ['root', 'fail', 'name'],
      ['unbound', 'warn', 'name'],
      ['ambient', 'fail', 'name'],
      ['good', 'pass', 'name'],
      ['renamed', 'fail', 'content'],
    ],
  );
  for (const audited of processes) {
    const lines = statuses.get(audited.pid) ?? assert.fail('not in /proc');
    const { inheritable, permitted, effective, bounding, ambient } = audited.capabilities;
    const said = {
      Uid: audited.uid,
      Gid: audited.gid,
      Groups: audited.groups.join(' '),
      CapInh: inheritable,
      CapPrm: permitted,
      CapEff: effective,
      CapBnd: bounding,
      CapAmb: ambient,
      NoNewPrivs: audited.noNewPrivs ? '1' : '0',
      Seccomp: String(audited.seccomp),
      Threads: String(audited.threads),
    };
    const effectiveId = (line: string) => Number(lines[line]?.split('\t')[1]);
    const read = Object.fromEntries(Object.keys(said).map((line) => [line, lines[line]?.trim()]));
    assert.deepEqual(said, { ...read, Uid: effectiveId('Uid'), Gid: effectiveId('Gid') });
    const count = BigInt(`0x${effective}`).toString(2).replaceAll('0', '').length;
    const labels = `pid="${audited.pid}",name="${audited.name}",user="${audited.user}",started_by="other"`;
    const name = 'virt_privileges_qemu_process_effective_capabilities';
    assert.ok(metrics.includes(`\n${name}{${labels}} ${count}\n`), audited.name);
  }
});

for (const [options, reader, exitCode, seen] of [
  ['hidepid=0', '', 3, ['elsewhere']],
  ['hidepid=2', '', 3, ['elsewhere']],
  ['hidepid=2', identity, 4, []],
] as const) {
  const who = reader === '' ? 'root' : 'a plain user';
  test(`another place's /proc, mounted with ${options}, read by ${who}`, rootOnly, (context) => {
    const root = makeScratch(context);
    chmodSync(root, 0o755);
    mkdirSync(join(root, 'proc'));
    const mount = `mount -t proc -o ${options} proc "$3/proc"`;
    const audit = `${reader} "$1" "$2" audit --json --root "$3"`;
    const words = [process.execPath, copyProgram(context), root];
    const lines = `${startLines('elsewhere')}${mount}\n${audit}`;
    const { status, stdout, stderr } = withOwnProc(lines, ...words);
    assert.deepEqual([status, stderr], [exitCode, '']);
    const { processes, complete } = JSON.parse(stdout);
    const names = processes.map(({ name }: { name: string }) => name);
    assert.deepEqual([names, complete], [seen, reader === '']);
  });
}
