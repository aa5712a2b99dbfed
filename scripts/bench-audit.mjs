// What an audit of a crowded machine costs, beside pscap, which reads the capabilities of every process and no more.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median } from './measure.mjs';
import { emulator, findProgram } from './requirements.mjs';
import { isRoot, root } from './setup.mjs';

const bystanders = 1980;
const guests = 20;

/** Times of everything, the floor first, measured in turn in one process tree; null where there can be none. */
export async function benchAudit(rounds) {
  if (!isRoot) {
    console.log('\naudit: not measured: needs root: it makes a process tree of its own');
    return null;
  }
  const crowd = await startCrowd();
  try {
    return measure(contestants(findFirst(crowd.pid)), rounds);
  } finally {
    crowd.kill('SIGKILL');
  }
}

// The first of the tree ends with the program that made it, and all others with the first.
async function startCrowd() {
  const words = ['--pid', '--mount-proc', '--fork', '--kill-child', 'sh', '-euc', script, 'sh'];
  const counts = [String(bystanders), String(guests), findProgram(emulator)];
  const crowd = spawn('unshare', [...words, ...counts], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [answer] = await crowd.stdout.take(1).toArray();
  if (String(answer) !== 'ready\n') throw new Error('the crowd did not come');
  return crowd;
}

// Daemons have started when they return.
const script = `
for _ in $(seq "$1"); do sleep 86400 & done
for n in $(seq "$2"); do
  setpriv --reuid 34567 --regid 45678 --clear-groups --bounding-set=-all \\
    "$3" -name "guest$n" -machine none -S -display none -nodefaults -sandbox on -daemonize
done
echo ready
wait
`;

function findFirst(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

function contestants(first) {
  const enter = ['nsenter', '--target', first, '--pid', '--mount'];
  const audit = [...enter, process.execPath, join(root, 'dist/provision.mjs'), 'audit'];
  return [
    ['node -e 0', [...enter, process.execPath, '-e', '0']],
    [`pscap -a, of ${bystanders + guests} processes`, [...enter, findProgram('pscap'), '-a']],
    [`provision audit, ${guests} of them QEMU`, audit],
    ['provision audit --json', [...audit, '--json']],
  ];
}

/** How the audit compares with what the aim names; the aim is 1.5. */
export function sayAuditRatio([node, pscap, audit]) {
  const ratio = median(audit.times) / (median(node.times) + median(pscap.times));
  console.log(
    `provision audit takes ${ratio.toFixed(2)} times pscap -a and the start of node (aim: at most 1.5)`,
  );
}
