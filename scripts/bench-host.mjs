// What it costs to find a host as it should be, beside an Ansible play that does the same on that host.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { measure, median } from './measure.mjs';
import { root } from './setup.mjs';

/** Times of everything, the floor first, measured in turn in one booted system; null where there can be none. */
export async function benchHost(rounds) {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root]);
  const { bootHost, needsBootedHost, outputOf } = await import(support);
  const { skip } = needsBootedHost('trixie-ansible');
  if (skip !== false) {
    console.log(`\nhost: not measured: ${skip}`);
    return null;
  }
  const atTheEnd = [];
  try {
    const host = await bootHost({ after: (step) => atTheEnd.unshift(step) }, 'trixie-ansible');
    prepare((script) => outputOf(host, script));
    return measure(contestants(host), rounds);
  } finally {
    for (const step of atTheEnd) await step();
  }
}

const support = join(root, 'build/test/support/booted-host.js');

/** Both have done their work, and find nothing more to do. */
function prepare(outputOf) {
  outputOf(`mkdir -p /etc/libvirt /etc/virt-privileges
    echo '#user = "libvirt-qemu"' >/etc/libvirt/qemu.conf
    echo '${policy}' >/etc/virt-privileges/policy.yaml
    provision apply
    provision status
    mkdir /image
    cp -a --parents /etc /usr/lib/os-release /usr/lib/*.d /usr/lib/udev /image
    provision revert --root /image
    provision apply --root /image
    cat >/root/play.yaml <<'END'\n${play}END`);
  outputOf(ansible.join(' '));
  const recap = outputOf(ansible.join(' '));
  if (!/ok=6 +changed=0 .*failed=0/.test(recap)) throw new Error(`the play: ${recap}`);
  outputOf('provision status; provision status --root /image');
}

function contestants(host) {
  return [
    ['node -e 0', host.wordsFor('node', '-e', '0')],
    ['provision status', host.wordsFor('provision', 'status')],
    ['provision status --root /image', host.wordsFor('provision', 'status', '--root', '/image')],
    ['ansible-playbook, six tasks', host.wordsFor(...ansible)],
  ];
}

/** What share of the play's time the status takes; the aim is a tenth. */
export function sayShare([, status, , play]) {
  const share = median(status.times) / median(play.times);
  console.log(`provision status takes ${share.toFixed(3)} of the play (aim: at most 0.1)`);
}

const policy = '{ user: { name: qemu, uid: 107 }, group: { name: qemu, gid: 107 } }';

// As fast as Ansible can be: no facts, no search for an interpreter, modules through a pipe.
const ansible = [
  ...['env', 'ANSIBLE_PIPELINING=1', 'ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3'],
  ...['ansible-playbook', '--connection=local', '--inventory=localhost,', '/root/play.yaml'],
];
const play = `
- hosts: localhost
  gather_facts: false
  tasks:
    - group: { name: kvm, system: true }
    - group: { name: qemu, gid: 107, system: true }
    - user:
        name: qemu
        uid: 107
        group: qemu
        groups: kvm
        append: true
        system: true
        create_home: false
    - copy:
        dest: /etc/udev/rules.d/60-virt-privileges-kvm.rules
        content: "{{ lookup('file', '/etc/udev/rules.d/60-virt-privileges-kvm.rules') }}\\n"
        mode: "0644"
    - copy:
        dest: /etc/tmpfiles.d/zz-virt-privileges-kvm.conf
        content: "{{ lookup('file', '/etc/tmpfiles.d/zz-virt-privileges-kvm.conf') }}\\n"
        mode: "0644"
    - lineinfile:
        path: /etc/libvirt/qemu.conf
        regexp: '^{{ item.key }} ='
        line: '{{ item.key }} = {{ item.value }}'
      loop:
        - { key: user, value: '"qemu"' }
        - { key: group, value: '"qemu"' }
        - { key: dynamic_ownership, value: 1 }
`;
