import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccessChecker, AccessIdentity } from '../../src/runtime/access.ts';
import { checkAccess, checkReplacement, openChecker } from '../../src/runtime/access.ts';
import { type AskKernel, buildProbe, type Use } from '../support/access-probe.ts';
import { native } from '../support/native.ts';
import { isRoot, makeScratch, rootOnly, rounds } from '../support/scratch.ts';
import { needs, runTool } from '../support/tool.ts';

const needsAcl = isRoot ? needs('setfacl') : rootOnly;

/** Who owns, who is a member, who asks: few, so that they meet. */
const uids = fc.constantFrom(0, 41000, 41001);
const gids = fc.constantFrom(0, 42000, 42001, 42002);
const bits = fc.integer({ min: 0, max: 7 });

interface Rights {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly list: {
    readonly users: Readonly<Record<string, number>>;
    readonly groups: Readonly<Record<string, number>>;
    readonly group: number;
    readonly mask: number;
  } | null;
}

const list = fc.record({
  users: fc.dictionary(fc.constantFrom('0', '41000', '41001'), bits, { maxKeys: 2 }),
  groups: fc.dictionary(fc.constantFrom('0', '42000', '42001', '42002'), bits, { maxKeys: 3 }),
  group: bits,
  mask: fc.oneof(fc.constant(7), bits),
});

function rightsOf(modes: readonly number[]): fc.Arbitrary<Rights> {
  return fc.record({
    uid: uids,
    gid: gids,
    mode: fc.oneof(fc.constantFrom(...modes), fc.integer({ min: 0, max: 0o777 })),
    list: fc.option(list, { freq: 2 }),
  });
}

// Most directories let somebody through, or nothing below them would ever be asked about.
const directoryRights = rightsOf([0o755, 0o711, 0o751, 0o750, 0o1777, 0o1770, 0o777]);
const fileRights = rightsOf([0o600, 0o644, 0o660, 0o666, 0o700, 0o400]);

const trees = fc.record({
  directories: fc.array(directoryRights, { minLength: 3, maxLength: 3 }),
  files: fc.array(fileRights, { minLength: 6, maxLength: 6 }),
  identity: fc.record({
    uid: uids,
    gid: gids,
    groups: fc.uniqueArray(gids, { maxLength: 3 }),
  }),
});

type Tree = typeof trees extends fc.Arbitrary<infer Value> ? Value : never;

/** Three directories in one another, in each of them a disk, a victim and links that lead up and down. */
function makeTree(top: string, { directories, files }: Tree): readonly string[] {
  const places = directories.map((_, depth) => `${top}${'/d'.repeat(depth + 1)}`);
  const named: [string, Rights][] = [];
  for (const [depth, place] of places.entries()) {
    mkdirSync(place);
    for (const [index, name] of ['disk', 'victim'].entries()) {
      writeFileSync(`${place}/${name}`, '');
      named.push([`${place}/${name}`, files[depth * 2 + index] as Rights]);
    }
    symlinkSync('../d/disk', `${place}/aside`);
    symlinkSync(`${top}/d/d/d/disk`, `${place}/down`);
    named.push([place, directories[depth] as Rights]);
  }
  const restored = runTool('setfacl', ['--restore=-'], {
    input: named.map(describe).join('\n'),
    cwd: '/',
  });
  assert.equal(restored.status, 0, restored.stderr);
  return places;
}

/** One entry in the form of getfacl. */
function describe([path, { uid, gid, mode, list }]: [string, Rights]): string {
  const entries = [
    `user::${letters(mode >> 6)}`,
    ...Object.entries(list?.users ?? {}).map(([id, each]) => `user:${id}:${letters(each)}`),
    `group::${letters(list?.group ?? mode >> 3)}`,
    ...Object.entries(list?.groups ?? {}).map(([id, each]) => `group:${id}:${letters(each)}`),
    ...(list === null ? [] : [`mask::${letters(list.mask)}`]),
    `other::${letters(mode)}`,
  ];
  const flags = (mode & 0o1000) === 0 ? '---' : '--t';
  const head = [`# file: ${path}`, `# owner: ${uid}`, `# group: ${gid}`, `# flags: ${flags}`];
  return `${[...head, ...entries].join('\n')}\n`;
}

function letters(mode: number): string {
  return ['r', 'w', 'x'].map((letter, bit) => ((mode >> (2 - bit)) & 1 ? letter : '-')).join('');
}

/** Every use of every path; what is removed on the way comes last, the deepest first. */
function questionsAbout(places: readonly string[]): [Use, string][] {
  const uses: Use[] = ['r', 'w', 'b', 'x', 'c'];
  const asked = places.flatMap((place) => {
    const paths = ['disk', 'aside', 'down', 'd/../disk', './victim'].map(
      (name) => `${place}/${name}`,
    );
    return [
      ...paths.flatMap((path) => uses.map((use): [Use, string] => [use, path])),
      ['r', `${place}/.`] as [Use, string],
    ];
  });
  const removed = places.flatMap((place) => {
    return ['new', 'victim', 'down'].map((name): [Use, string] => ['u', `${place}/${name}`]);
  });
  return [...asked, ...removed.reverse()];
}

function predict(checker: AccessChecker, use: Use, path: string): boolean {
  if (use === 'u') return checkReplacement(checker, path).length === 0;
  const wanted = {
    read: use === 'r' || use === 'b',
    write: use === 'w' || use === 'b' || use === 'c',
    execute: use === 'x',
  };
  return checkAccess(checker, path, wanted, { creates: use === 'c' }).length === 0;
}

/** The uses of every path, predicted and tried; how often the kernel said yes. */
function compareUses(
  askKernel: AskKernel,
  identity: AccessIdentity,
  places: readonly string[],
): readonly boolean[] {
  const questions = questionsAbout(places);
  const checker = openChecker(native, identity);
  const predicted = questions.map(([use, path]) => predict(checker, use, path));
  const answers = askKernel(identity, questions);
  for (const [index, [use, path]] of questions.entries())
    assert.equal(predicted[index], answers[index], `${use} ${path} as ${identity.user}`);
  return answers;
}

/** Claims, predicted before the disks are given away and tried after. */
function compareClaims(
  askKernel: AskKernel,
  identity: AccessIdentity,
  places: readonly string[],
): void {
  const disks = places.map((place) => `${place}/disk`);
  const checker = openChecker(native, identity);
  const wanted = { read: true, write: true };
  const predicted = disks.map((path) => {
    return checkAccess(checker, path, wanted, { owner: identity }).length === 0;
  });
  for (const path of disks) chownSync(path, identity.uid, identity.gid);
  const answers = askKernel(
    identity,
    disks.map((path) => ['b', path]),
  );
  assert.deepEqual(predicted, answers, `claims for ${identity.user}`);
}

test('agrees with the kernel about random trees and identities', needsAcl, (context) => {
  const askKernel = buildProbe(context);
  const scratch = makeScratch(context);
  chmodSync(scratch, 0o711);
  const seen: boolean[] = [];
  const check = (tree: Tree) => {
    const top = mkdtempSync(`${scratch}/`);
    chmodSync(top, 0o711);
    const places = makeTree(top, tree);
    const identity: AccessIdentity = { user: String(tree.identity.uid), ...tree.identity };
    seen.push(...compareUses(askKernel, identity, places));
    compareClaims(askKernel, identity, places);
    rmSync(top, { recursive: true });
  };
  fc.assert(fc.property(trees, check), { numRuns: rounds(100, 5000), includeErrorInReport: true });
  const share = seen.filter((answer) => answer).length / seen.length;
  assert.ok(share > 0.05 && share < 0.95, `the kernel says yes to ${share} of all`);
});
