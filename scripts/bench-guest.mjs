// A launch beside its alternatives, all in one booted system of Debian 13 with libvirt 11 and QEMU 10.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './measure.mjs';
import { root } from './setup.mjs';

/** Times of everything, the floor first, measured in turn; null where there can be no such system. */
export async function benchGuest(rounds) {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
  const { bootHost, needsBootedHost, outputOf } = await import(support('booted-host'));
  const { prepareLibvirt } = await import(support('libvirt-guest'));
  const { skip } = needsBootedHost('trixie-libvirt');
  if (skip !== false) {
    console.log(`\nguest: not measured: ${skip}`);
    return null;
  }
  const atTheEnd = [];
  try {
    const context = { after: (step) => atTheEnd.unshift(step) };
    const host = await bootHost(context, 'trixie-libvirt', prepareLibvirt);
    const files = ['measure.mjs', 'guest-contest.mjs'].map(writeScript).join('');
    outputOf(host, `${files}systemctl start libvirtd; virsh --quiet list`);
    const { results, memory } = JSON.parse(
      outputOf(host, `node /root/guest-contest.mjs ${rounds}`),
    );
    return Object.assign(results, { memory });
  } finally {
    for (const step of atTheEnd) await step();
  }
}

/** What is aimed at, beside what was measured. */
export function sayGuest(results) {
  /** What is aimed at, beside what was measured. */
  const at = (name) => median(results.find((result) => result.name.startsWith(name)).times);
  const chain = (at('qemu-exec') / at('setpriv')).toFixed(2);
  const start = (at('qemu-launch run') / at('virsh create')).toFixed(2);
  const over = (at('qemu-launch exec') - at('node empty.cjs')).toFixed(2);
  console.log(`qemu-exec takes ${chain} of setpriv (aim: at most 1.5)`);
  console.log(`exec with one claimed disk: ${over} ms over node empty.cjs (aim: at most 5)`);
  console.log(`run until QMP greets takes ${start} of virsh create (aim: at most 0.5)`);
  console.log(
    `beside QEMU stays: run ${results.memory.run} KiB PSS (aim: at most 1024), libvirtd ${results.memory.libvirtd} KiB`,
  );
}

function support(name) {
  return join(root, `build/test/support/${name}.js`);
}

function writeScript(name) {
  const text = readFileSync(join(root, 'scripts', name), 'utf8');
  return `cat >/root/${name} <<'END-OF-SCRIPT'\n${text}END-OF-SCRIPT\n`;
}
