import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import type { Site } from './launcher.ts';
import { call, makeDisk, makeSite, owner, siteWords } from './launcher.ts';
import { rootOnly } from './scratch.ts';
import { describe, makeVictim } from './victim.ts';

/** A launch that is refused before anything is changed. */
export interface Refusal {
  readonly what: string;
  /** The words after the options, made on a site whose disk is `disk`; `SITE/victim` is a file of root's. */
  readonly words: (site: Site, disk: string) => readonly string[];
  readonly options?: readonly string[];
  readonly conf?: string;
  readonly status: number;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

/** One test for each: `run` refuses and leaves everything as it was, `plan` says so too. */
export function testRefusals(refusals: readonly Refusal[]): void {
  for (const { what, words, options, conf, status, message, hint } of refusals) {
    test(`refused, nothing changed: ${what}`, rootOnly, (context) => {
      const site = makeSite(context, conf);
      const disk = makeDisk(site);
      makeVictim(`${site.path}/victim`);
      const all = words(site, disk);
      const before = statSync(disk).ctimeMs;
      const victim = describe(`${site.path}/victim`);
      const run = call(siteWords(site, 'run', ...(options ?? []), '--', ...all));
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, message);
      assert.match(run.stderr, /^qemu-launch: error: /m);
      assert.match(run.stderr, hint ?? /^qemu-launch: hint: \S/m);
      assert.equal(run.stdout, '');
      assert.equal(statSync(disk).ctimeMs, before);
      assert.deepEqual(describe(`${site.path}/victim`), victim);
      assert.deepEqual({ uid: statSync(disk).uid, gid: statSync(disk).gid }, owner);
      const claims = `${site.state}/claims`;
      assert.deepEqual(
        existsSync(claims) ? readdirSync(claims).filter((name) => name !== 'lock') : [],
        [],
      );
      const plan = call(siteWords(site, 'plan', ...(options ?? []), '--', ...all));
      assert.equal(plan.status, status === 2 ? 2 : 3, plan.stderr);
      assert.match(plan.stderr, message);
    });
  }
}
