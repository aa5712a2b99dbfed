// Makes the README's pictures of the audit's page from a real run, and prints what the terminal shows:
// a booted system with a guest of libvirt, one of qemu-launch, and one that somebody started as root.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

await setUp();
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
const support = (name) => import(join(root, 'build/test/support', `${name}.js`));
const { bootHost, outputOf } = await support('booted-host');
const { prepareLibvirt, startGuest } = await support('libvirt-guest');
const { openTab } = await support('browser');

const atTheEnd = [];
const context = { after: (step) => atTheEnd.unshift(step) };
try {
  const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
  startGuests(host);
  const { stdout } = host.run('provision audit --html /run/audit.html');
  process.stdout.write(stdout);
  await takePictures(await openTab(context), outputOf(host, 'cat /run/audit.html'));
} finally {
  for (const step of atTheEnd) await step();
}

function startGuests(host) {
  outputOf(host, 'hostname host1; systemctl start libvirtd');
  startGuest(host, 'db');
  outputOf(
    host,
    `qemu=/usr/bin/qemu-system-x86_64
    disk=/srv/web.img
    truncate -s 1M "$disk"
    chmod 600 "$disk"
    node /opt/virt-privileges/dist/qemu-launch.cjs run --user libvirt-qemu --group libvirt-qemu --name web -- \\
      "$qemu" -S -display none -nodefaults -m 64 -drive "file=$disk,format=raw,if=virtio" </dev/null >/run/web.log 2>&1 &
    "$qemu" -name build -S -display none -nodefaults -m 64 -daemonize
    until node /opt/virt-privileges/dist/qemu-launch.cjs list | grep -q ' verified'; do sleep 0.1; done`,
  );
}

async function takePictures(tab, page) {
  const metrics = { width: 1440, height: 565, deviceScaleFactor: 1, mobile: false };
  await tab.send('Emulation.setDeviceMetricsOverride', metrics);
  for (const scheme of ['light', 'dark']) {
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await tab.send('Emulation.setEmulatedMedia', { features });
    await tab.show(page);
    const { data } = await tab.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(join(root, `docs/audit-${scheme}.png`), Buffer.from(data, 'base64'));
  }
}
