import { spawnSync } from 'node:child_process';
import { emulator } from './launcher.ts';

/** Runs a script as root in namespaces of its own, with a fresh /proc: what else runs on the machine is not seen there. */
export function withOwnProc(script: string, ...words: readonly string[]) {
  const all = [
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    script,
    'sh',
    ...words,
  ];
  const { status, stdout, stderr } = spawnSync('unshare', all, { encoding: 'utf8', cwd: '/' });
  return { status, stdout, stderr };
}

/** Lines of such a script that start a paused QEMU of that name, by a wrapper that becomes it, and wait until it is ready. */
export function startLines(name: string, wrapper = '', options = '', program = emulator): string {
  return `
${wrapper} ${program} -S -display none -nodefaults -m 64 -name ${name} ${options} >/dev/null 2>&1 &
while ! grep -q '^SigCgt:.*4' "/proc/$!/status"; do :; done
`;
}
