import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputOf } from '../../support/booted-host.ts';
import { parseMarkup } from '../../support/markup.ts';
import { blocksOf, readPage } from '../../support/page.ts';
import {
  assertNothingLeft,
  bootVerifiedHost,
  find,
  needsVerifiedHost,
  verify,
} from './verified-host.ts';

const all = '--launch --libvirt --session alice';
const ran =
  'a guest ran as libvirt-qemu (64055) without capabilities; its disk was given and given back';

// Now and then a child of it has its name too.
const mainPid = 'systemctl show --property=MainPID --value libvirtd';

/** Without numbers that a newer Debian may choose in another way, and what the machine's KVM adds. */
function comparable(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^pass {2}(?!device)/.test(line))
    .map((line) => line.replace(/kvm \(\d+\)/, 'kvm'))
    .join('\n');
}

test('a booted system with libvirt', needsVerifiedHost, async (context) => {
  const host = await bootVerifiedHost(context);
  const kvm = outputOf(host, 'getent group kvm').split(':')[2];

  await context.test('after apply every check passes, and nothing stays', () => {
    const { status, ok, checks } = verify(host, `--strict ${all}`);
    const device = find(checks, 'device');
    assert.deepEqual(
      checks.map((check) => [check.id, check.status, check.summary]),
      [
        [
          'accounts',
          'pass',
          `user libvirt-qemu (64055), group libvirt-qemu (64055), member of kvm (${kvm})`,
        ],
        // Where the machine's KVM lets guests have guests, the open node is worth a warning.
        ['device', device.status === 'warn' ? 'warn' : 'pass', device.summary],
        ['kvm-unprivileged', 'pass', 'user nobody opens /dev/kvm and makes a guest'],
        ['qemu-conf', 'pass', 'QEMU runs as user libvirt-qemu, group libvirt-qemu'],
        ['processes', 'pass', 'no QEMU process runs'],
        ['launch', 'pass', ran],
        ['libvirt', 'pass', ran],
        ['session', 'pass', 'user alice starts a KVM guest'],
      ],
    );
    assert.match(
      device.summary,
      /^\/dev\/kvm is 0666 root:kvm( with nested virtualisation on: |$)/,
    );
    assert.deepEqual([status, ok], [0, true]);
    assertNothingLeft(host);
  });

  await context.test('the pages show what is printed', () => {
    const printed = outputOf(host, `provision verify ${all}`);
    for (const page of ['README.md', 'docs/verify.md']) {
      const command = `# provision verify ${all}\n`;
      const blocks = blocksOf(readPage(page), 'console');
      const shown = blocks.find((text) => text.startsWith(command)) ?? assert.fail(page);
      assert.equal(comparable(shown.slice(command.length)), comparable(printed));
    }
  });

  await context.test('the evidence is what the system itself says', () => {
    const { checks } = verify(host, all);
    const evidence = (id: string) => find(checks, id).evidence;
    assert.match(
      evidence('device'),
      /^group kvm by \/etc\/udev\/rules\.d\/60-virt-privileges-kvm\.rules:\d+\nmode 0666 by /,
    );
    const place = outputOf(host, "grep -n '^user = ' /etc/libvirt/qemu.conf").split(':')[0];
    const pid = outputOf(host, mainPid).trim();
    assert.equal(
      evidence('qemu-conf').replace(/^group .*\n/m, ''),
      `user libvirt-qemu (64055), by /etc/libvirt/qemu.conf:${place}\nlibvirtd (process ${pid}) gives guests 64055:64055`,
    );
    for (const id of ['launch', 'libvirt'])
      assert.match(
        evidence(id),
        /^process \d+ ran as libvirt-qemu \(64055\), group libvirt-qemu \(64055\); groups .*kvm \(\d+\), effective none, permitted none, .*\nits disk, before, meanwhile and afterwards: 0600 1999999999:1999999999, 0600 libvirt-qemu:libvirt-qemu, 0600 1999999999:1999999999(\n|$)/,
      );
    assert.match(evidence('launch'), /\na second guest .* status 125, VP_PATH_IN_USE$/);
    assert.match(evidence('session'), /^query-kvm: enabled(\n|$)/);
  });

  await context.test('what the file leaves out is the default that libvirt was built with', () => {
    const silent = 'provision qemu-conf unset user; provision qemu-conf unset group';
    outputOf(host, `${silent}; systemctl restart libvirtd`);
    const pid = outputOf(host, mainPid).trim();
    const found = find(verify(host).checks, 'qemu-conf');
    outputOf(host, 'provision apply --restart');
    const from = `by the default of libvirtd (process ${pid})`;
    assert.deepEqual(
      [found.status, found.evidence],
      [
        'pass',
        `user libvirt-qemu (64055), ${from}\ngroup libvirt-qemu (64055), ${from}\nlibvirtd (process ${pid}) gives guests 64055:64055`,
      ],
    );
  });

  await context.test('a plain user learns what he cannot check, and nothing passes unseen', () => {
    const asAlice = 'setpriv --reuid alice --regid alice --init-groups';
    const { status, ok, checks } = verify(host, `--launch --libvirt --session root`, asAlice);
    const skipped = checks.filter((check) => check.status === 'skip');
    assert.deepEqual(
      skipped.map(({ id, summary }) => [id, summary]),
      [
        ['kvm-unprivileged', 'only root can try it as nobody'],
        ['qemu-conf', 'only root may read /etc/libvirt/qemu.conf'],
        ['processes', find(checks, 'processes').summary],
        ['launch', 'only root can give a disk to another user'],
        ['libvirt', 'only root is let in by libvirt'],
        ['session', 'only root can start a guest as root'],
      ],
    );
    for (const { hint } of skipped) assert.match(hint, /^run it as root/);
    assert.deepEqual([status, ok], [0, true]);
    const strict = verify(host, '--strict', asAlice);
    assert.deepEqual([strict.status, strict.ok], [4, false]);
    const own = verify(host, '--as alice --session alice', asAlice).checks;
    assert.deepEqual(
      ['kvm-unprivileged', 'session'].map((id) => find(own, id).summary),
      ['user alice opens /dev/kvm and makes a guest', 'user alice starts a KVM guest'],
    );
  });

  await context.test('where only the group may, QEMU’s user can and nobody else', () => {
    const closed = '--set kvm.mode=0660 --set kvm.access=group';
    outputOf(host, 'chmod 660 /dev/kvm');
    const { summary, evidence } = find(verify(host, closed).checks, 'kvm-unprivileged');
    outputOf(host, 'chmod 666 /dev/kvm');
    assert.equal(
      summary,
      'user libvirt-qemu opens /dev/kvm and makes a guest; user nobody may not',
    );
    assert.match(evidence, /^as nobody \(65534\), .*: open: permission denied$/m);
    const open = find(verify(host, closed).checks, 'kvm-unprivileged');
    assert.deepEqual(
      [open.status, open.summary],
      ['fail', 'user nobody opens /dev/kvm, the policy says access group'],
    );
  });

  await context.test('a report for pipelines, which others can read', () => {
    outputOf(host, `provision verify --as alice --junit /run/report.xml`);
    const [mode = '', ...lines] = outputOf(
      host,
      'stat -c %a /run/report.xml; cat /run/report.xml',
    ).split('\n');
    assert.equal(mode, '644');
    const report = parseMarkup(lines.slice(1).join('\n').trim());
    const names = report
      .filter(({ name }) => name === 'testcase')
      .map(({ attributes }) => attributes['name']);
    assert.deepEqual(names, ['accounts', 'device', 'kvm-unprivileged', 'qemu-conf', 'processes']);
  });

  await context.test('an account that nobody has', () => {
    const { status, stderr } = host.run('provision verify --as nosuchuser');
    assert.deepEqual(
      [status, stderr],
      [
        1,
        'provision: error: there is no user nosuchuser\nprovision: hint: name an account of this host\n',
      ],
    );
  });
});
