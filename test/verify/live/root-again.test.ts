import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../../support/booted-host.ts';
import {
  assertNothingLeft,
  bootVerifiedHost,
  find,
  needsVerifiedHost,
  verify,
} from './verified-host.ts';

const asRoot = '--set qemu_conf.user=root --set qemu_conf.group=root';
const danger = 'a guest that breaks out of QEMU owns the host';
const rootGuest = 'it runs as root: a guest that breaks out of QEMU owns the machine';

test('the way back to root', needsVerifiedHost, async (context) => {
  const host = await bootVerifiedHost(context);
  outputOf(host, `provision apply --restart ${asRoot}`);

  await context.test('is no longer what the policy file says', () => {
    const { status, checks } = verify(host);
    const { summary, hint, evidence } = find(checks, 'qemu-conf');
    assert.equal(status, 3);
    assert.match(
      summary,
      /^QEMU runs as root \(\/etc\/libvirt\/qemu\.conf:\d+\), the policy says libvirt-qemu: /,
    );
    assert.equal(hint, 'provision apply --restart');
    assert.match(evidence, /^libvirtd \(process \d+\) gives guests 0:0$/m);
  });

  await context.test('is a warning where the policy asks for it', () => {
    const { status, checks } = verify(host, asRoot);
    const { status: word, summary } = find(checks, 'qemu-conf');
    assert.deepEqual(
      [status, word, summary],
      [0, 'warn', `QEMU runs as root, as the policy says: ${danger}`],
    );
  });

  await context.test('what then runs as root fails, whoever asked for it', () => {
    const { status, checks } = verify(host, `${asRoot} --libvirt --launch`);
    assert.equal(status, 3);
    for (const id of ['libvirt', 'launch'])
      assert.deepEqual(
        [find(checks, id).status, find(checks, id).summary],
        ['fail', rootGuest],
        id,
      );
    assertNothingLeft(host);
  });

  await context.test('ends with the next apply', () => {
    outputOf(host, 'provision apply --restart');
    assert.equal(verify(host, '--libvirt --launch').status, 0);
  });
});
