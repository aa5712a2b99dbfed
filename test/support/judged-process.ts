import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { judgeProcess } from '../../src/verify/judge.ts';
import type { ProcessFacts } from '../../src/verify/process-facts.ts';
import { names } from './process-facts.ts';

/** A line of /proc/PID/status, read by the test itself. */
export function lineOf(pid: number, name: string): string {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(text)?.[1] ?? assert.fail(name);
}

/** What is said of a process that must be among those found. */
export function judge(facts: ProcessFacts | undefined) {
  assert.ok(facts !== undefined, 'it is among the processes');
  const { verdict, findings } = judgeProcess(facts, names);
  return { facts, verdict, codes: findings.map(({ code }) => code) };
}

/** Asserts that the facts are what the test reads itself: lines of status, limits, links and open files. */
export function assertAsRead({
  pid,
  status,
  threads,
  limits,
  files,
  ...facts
}: ProcessFacts): void {
  const said = {
    Uid: status.uid.join('\t'),
    Gid: status.gid.join('\t'),
    Groups: status.groups.join(' '),
    CapInh: status.capInh,
    CapPrm: status.capPrm,
    CapEff: status.capEff,
    CapBnd: status.capBnd,
    CapAmb: status.capAmb,
    NoNewPrivs: String(Number(status.noNewPrivs)),
    Seccomp: String(status.seccomp),
    Seccomp_filters: String(status.seccompFilters),
  };
  const lines = Object.keys(said).map((name) => [name, lineOf(pid, name)]);
  assert.deepEqual(said, Object.fromEntries(lines));
  const tasks = readdirSync(`/proc/${pid}/task`).map(Number);
  assert.deepEqual(threads.map(({ thread }) => thread).sort(), tasks.sort());
  assert.deepEqual(limits, readLimits(pid));
  assert.deepEqual(files, readOpenFiles(pid));
  assert.equal(facts.program, readlinkSync(`/proc/${pid}/exe`));
  assert.equal(
    facts.isNamespaced,
    readlinkSync(`/proc/${pid}/ns/user`) !== readlinkSync('/proc/self/ns/user'),
  );
  assert.deepEqual(facts.unread, []);
}

function readLimits(pid: number) {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
  const read = (line: string) => {
    const [, soft, hard] = new RegExp(`^${line} +(\\S+) +(\\S+) `, 'm').exec(text) ?? [];
    return [soft, hard].map((word) => (word === 'unlimited' ? word : Number(word)));
  };
  return {
    core: read('Max core file size'),
    nproc: read('Max processes'),
    nofile: read('Max open files'),
    memlock: read('Max locked memory'),
  };
}

// As ls sees them; a descriptor of its own link is writable by its owner's bit there.
function readOpenFiles(pid: number) {
  const base = `/proc/${pid}/fd`;
  return readdirSync(base).flatMap((name) => {
    const path = readlinkSync(`${base}/${name}`);
    const facts = statSync(`${base}/${name}`);
    if (!facts.isFile() || facts.nlink === 0) return [];
    const isWritable = (lstatSync(`${base}/${name}`).mode & 0o200) !== 0;
    const { size, uid, gid, mode } = facts;
    return [{ descriptor: Number(name), path, isWritable, size, uid, gid, mode: mode & 0o7777 }];
  });
}
