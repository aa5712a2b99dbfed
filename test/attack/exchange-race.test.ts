import assert from 'node:assert/strict';
import { chownSync, closeSync, lstatSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import type { Claim } from '../../src/formats/claim-record.ts';
import { openClaim } from '../../src/runtime/claims/open-claim.ts';
import { restoreClaim } from '../../src/runtime/claims/restore.ts';
import { whileExchanging } from '../support/exchange.ts';
import { makeDirectory, makeDisk, makeSite, owner, target } from '../support/launcher.ts';
import { native } from '../support/native.ts';
import { rootOnly, rounds } from '../support/scratch.ts';
import { describe, makeVictim, type Victim } from '../support/victim.ts';

interface Arena {
  readonly scratch: string;
  /** The path that root is asked to give away; half of the time it leads to the victim. */
  readonly path: string;
  readonly names: readonly [string, string];
  readonly victim: Victim;
}

type Context = Parameters<typeof makeSite>[0];

const arenas: Readonly<Record<string, (context: Context) => Arena>> = {
  'the disk and a link': (context) => {
    const site = makeSite(context);
    const hers = makeDirectory(`${site.path}/anna`, 0o755, owner);
    const victim = makeVictim(`${site.path}/shadow`);
    const path = makeDisk(site, 'anna/disk');
    symlinkSync(victim.path, `${hers}/link`);
    return { scratch: site.path, path, names: [path, `${hers}/link`], victim };
  },
  'its directory and a link': (context) => {
    const site = makeSite(context);
    const hers = makeDirectory(`${site.path}/anna`, 0o755, owner);
    makeDirectory(`${site.path}/etc`, 0o755);
    const victim = makeVictim(`${site.path}/etc/disk`);
    makeDirectory(`${hers}/disks`, 0o755, owner);
    const path = makeDisk(site, 'anna/disks/disk');
    symlinkSync(`${site.path}/etc`, `${hers}/link`);
    return { scratch: site.path, path, names: [`${hers}/disks`, `${hers}/link`], victim };
  },
};

for (const [what, arena] of Object.entries(arenas)) {
  test(
    `${what} are exchanged without a pause: the victim is never given away`,
    rootOnly,
    async (context) => {
      const { scratch, path, names, victim } = arena(context);
      const counts = { given: 0, refused: 0 };
      await whileExchanging(scratch, owner.uid, names, () => {
        const open = readdirSync('/proc/self/fd').length;
        // On a busy machine the exchanging process may not run for the first of them.
        const isEnough = (round: number) =>
          round >= rounds(600, 20_000) && counts.given > 0 && counts.refused > 0;
        for (let round = 0; !isEnough(round) && round < 1_000_000; round++) {
          const claim = give(path);
          counts[claim === null ? 'refused' : 'given'] += 1;
          if (claim !== null) takeBack(claim);
        }
        assert.equal(readdirSync('/proc/self/fd').length, open, 'a descriptor stayed open');
      });
      assert.deepEqual(describe(victim.path), victim.before);
      assert.ok(counts.given > 0 && counts.refused > 0, `both were met: ${JSON.stringify(counts)}`);
    },
  );

  test(
    `control: where ${what} are exchanged, looking first and then changing the owner by name gives the victim away`,
    rootOnly,
    async (context) => {
      const { scratch, path, names, victim } = arena(context);
      let lost = 0;
      await whileExchanging(scratch, owner.uid, names, () => {
        for (let round = 0; round < 200_000 && lost === 0; round++) {
          changeByName(path);
          if (statSync(victim.path).uid === target.uid) lost += 1;
        }
      });
      assert.equal(lost, 1, 'or this race proves nothing');
    },
  );
}

/** As a launch does it; null when the path is refused. */
function give(path: string): Claim | null {
  try {
    const { claim, descriptor } = openClaim(native, { path, isDevice: false }, target);
    native.changeOwner(descriptor, target.uid, target.gid);
    closeSync(descriptor);
    return claim;
  } catch (error) {
    if (error instanceof AppError && error.code === 'VP_PATH_UNTRUSTED') return null;
    throw error;
  }
}

// Its name may lead to the victim at that moment; its handle does not.
function takeBack(claim: Claim): void {
  assert.equal(restoreClaim(native, claim, true).result, 'restored');
}

/** What every program does that checks a path before it uses it. */
function changeByName(path: string): void {
  try {
    const { uid } = lstatSync(path);
    if (uid === owner.uid || uid === target.uid) chownSync(path, target.uid, target.gid);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
  }
}
