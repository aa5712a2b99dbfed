import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** One thing that happens at a terminal, or that is waited for. */
export type TerminalStep =
  | { readonly type: string }
  | {
      readonly signal: 'SIGTSTP' | 'SIGCONT' | 'SIGSTOP' | 'SIGTTIN' | 'SIGINT';
      readonly to: 'job' | 'child';
    }
  /** What the job and its child are: `runs`, `stopped` or `gone`; `anew`: the child has run since the last such wait. */
  | { readonly await: string; readonly anew?: true }
  | { readonly see: string };

const driver = `
import json, os, pty, select, signal, sys, time
command, steps = json.loads(sys.argv[1])
shell, terminal = pty.fork()
if shell == 0: os.execv('/bin/bash', ['bash', '--norc', '--noprofile', '-i'])
seen = ''
def read(patience):
    global seen
    while select.select([terminal], [], [], patience)[0]:
        try: seen += os.read(terminal, 65536).decode(errors='replace')
        except OSError: return
def children(pid):
    try: return [int(each) for each in open(f'/proc/{pid}/task/{pid}/children').read().split()]
    except OSError: return []
def state(pid):
    try: letter = open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0]
    except OSError: return 'gone'
    return {'T': 'stopped', 'Z': 'gone', 'X': 'gone'}.get(letter, 'runs')
job = child = 0
def until(holds):
    end = time.time() + 30
    while time.time() < end and not holds(): read(0.02)
    return holds()
def switches(pid):
    try: return [line for line in open(f'/proc/{pid}/status') if 'ctxt_switches' in line]
    except OSError: return []
before = []
def show(): return f'{state(job)} {state(child)}'
def find():
    global job, child
    job = next(iter(children(shell)), 0)
    child = next(iter(children(job)), 0) if job else 0
    name = lambda pid: open(f'/proc/{pid}/comm').read().strip()
    # QEMU is ready when it catches SIGINT.
    caught = lambda pid: int(open(f'/proc/{pid}/status').read().split('SigCgt:')[1].split()[0], 16) & 2
    try: return job and child and name(job) == 'qemu-wait' and caught(child)
    except OSError: return False
os.write(terminal, command.encode() + b'\\n')
answers = [] if until(find) else ['it did not start: ' + seen]
for step in steps:
    if 'type' in step: os.write(terminal, step['type'].encode())
    elif 'signal' in step: os.kill(job if step['to'] == 'job' else child, getattr(signal, step['signal']))
    elif 'see' in step: answers.append(step['see'] if until(lambda: step['see'] in seen) else seen)
    else:
        # A state that has passed by since counts: it was seen.
        held = until(lambda: show() == step['await'] and (not step.get('anew') or switches(child) != before))
        answers.append(step['await'] if held else show())
        before = switches(child)
os.kill(shell, signal.SIGKILL)
for pid in (child, job):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
print(json.dumps(answers))
`;

/** Types a command into an interactive bash at a terminal of its own, then does the steps: what each wait has found. */
export async function atTerminal(
  words: readonly string[],
  steps: readonly TerminalStep[],
): Promise<readonly string[]> {
  const command = words.map((word) => `'${word}'`).join(' ');
  const child = spawn('/usr/bin/python3', ['-c', driver, JSON.stringify([command, steps])], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

/** The answers that were hoped for. */
export function hopes(steps: readonly TerminalStep[]): readonly string[] {
  return steps.flatMap((step) => {
    if ('await' in step) return [step.await];
    return 'see' in step ? [step.see] : [];
  });
}
