import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BootedHost, outputOf } from '../../support/booted-host.ts';
import { rounds } from '../../support/scratch.ts';
import { assertNothingLeft, bootVerifiedHost, guests, needsVerifiedHost } from './verified-host.ts';

/** Starts a check, sends signals once its guest is there, and gives the exit status and what was said. */
function interrupt(host: BootedHost, words: string, signals: string): string {
  return outputOf(
    host,
    `${guests}
provision verify --only accounts ${words} >/run/out 2>/run/err & pid=$!
tries=0
until guests >/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 500 ] || { echo 'no guest came'; exit 1; }
  sleep 0.01
done
for signal in ${signals}; do kill -"$signal" "$pid" || true; sleep 0.03; done
status=0
wait "$pid" || status=$?
echo "$status"
cat /run/err`,
  );
}

// The guest of a session is gone in no time: its emulator takes its time to start, what libvirt asks it does not.
const slow = `
mv /usr/bin/qemu-system-x86_64 /usr/bin/slow-emulator
cat >/usr/bin/qemu-system-x86_64 <<'END'
#!/bin/sh
case "$*" in *'-qmp stdio'*) sleep 20 & wait ;; esac
exec /usr/bin/slow-emulator "$@"
END
chmod 755 /usr/bin/qemu-system-x86_64
`;
const quick = 'mv /usr/bin/slow-emulator /usr/bin/qemu-system-x86_64';

const said =
  '130\nprovision: error: interrupted\nprovision: hint: nothing is left behind: run it again\n';

test('interruptions', needsVerifiedHost, async (context) => {
  const host = await bootVerifiedHost(context);
  const assertEnded = (words: string, signals: string) => {
    assert.match(interrupt(host, words, signals), /^130\nprovision: error: interrupted\n/);
  };
  for (let round = 1; round <= rounds(1, 10); round++) {
    for (const [words, signals] of [
      ['--launch', 'INT'],
      ['--launch', 'HUP INT TERM INT'],
      ['--libvirt', 'TERM'],
      ['--libvirt', 'INT INT INT'],
    ] as const)
      await context.test(`${words}: ${signals}, round ${round}`, () => {
        assertEnded(words, signals);
        assertNothingLeft(host);
      });
    outputOf(host, slow);
    for (const signals of ['INT', 'HUP'])
      await context.test(`--session: ${signals}, round ${round}`, () => {
        assertEnded('--session alice', signals);
      });
    outputOf(host, quick);
    assertNothingLeft(host);
  }

  await context.test('what is said', () => {
    assert.equal(interrupt(host, '--libvirt', 'HUP'), said);
    assertNothingLeft(host);
  });

  for (const words of ['--launch', '--libvirt', '--session alice'])
    await context.test(`killed outright, ${words}: the guest ends by itself`, () => {
      const isSession = words.startsWith('--session');
      if (isSession) outputOf(host, slow);
      assert.equal(interrupt(host, words, 'KILL').trim(), '137');
      outputOf(host, waitForEnd);
      if (isSession) outputOf(host, quick);
    });

  await context.test('the next run takes the directories away that killed ones have left', () => {
    const list = 'ls -d /run/virt-privileges-verify-*';
    assert.equal(outputOf(host, list).trim().split('\n').length, 1);
    outputOf(host, 'provision verify --only accounts --launch');
    assertNothingLeft(host);
  });
});

const waitForEnd = `${guests}
tries=0
while guests >/dev/null && [ $tries -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
! guests`;
