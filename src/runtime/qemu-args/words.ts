import type { Finding } from '../../errors.ts';
import { type Argument, describeArgument, refuse } from './argument.ts';
import { canonicalName, takesArgument } from './options.ts';

export interface Words {
  readonly arguments: readonly Argument[];
  readonly findings: readonly Finding[];
}

/** Pairs options with their arguments as QEMU's system/vl.c: one or two dashes; a known option takes the next word whatever it is. */
export function splitWords(argv: readonly string[]): Words {
  const found: Argument[] = [];
  const findings: Finding[] = [];
  for (let index = 0; index < argv.length; ) {
    const argument = takeArgument(argv, index);
    index += argument.words;
    const faults = faultsOf(argument, argv.length - index);
    if (faults.length === 0) found.push(argument);
    else findings.push(...faults.map((fault) => describeFault(argument, fault)));
  }
  return { arguments: found, findings };
}

interface Taken extends Argument {
  readonly words: 1 | 2;
}

function takeArgument(argv: readonly string[], index: number): Taken {
  const word = argv[index] ?? '';
  const next = argv[index + 1];
  if (!word.startsWith('-')) return { option: null, value: word, text: word, words: 1 };
  const name = word.slice(word.startsWith('--') ? 2 : 1);
  const option = canonicalName(name);
  const swallows = takesArgument(name) ?? (name !== '' && !next?.startsWith('-'));
  if (next === undefined || !swallows) return { option, value: '', text: word, words: 1 };
  return { option, value: next, text: `${word} ${next}`, place: index, words: 2 };
}

function faultsOf(argument: Taken, wordsLeft: number): readonly Fault[] {
  const faults: Fault[] = [];
  if (argument.option === '') faults.push(loneDashes);
  if (argument.words === 1 && wordsLeft === 0 && lacksArgument(argument.option)) {
    faults.push(noArgument);
  }
  // What the kernel or Node's decoding would change cannot be the name that QEMU gets.
  if (isForeign(argument.value) || isForeign(argument.option ?? '')) faults.push(notText);
  return faults;
}

function isForeign(text: string): boolean {
  return text.includes('\0') || text.includes('\ufffd');
}

function describeFault(argument: Argument, [why, hint]: Fault): Finding {
  return refuse('VP_ARGUMENT_MALFORMED', `${describeArgument(argument)} ${why}`, hint);
}

type Fault = readonly [why: string, hint: string];

const loneDashes: Fault = ['is no option', 'remove the lone dashes'];
const noArgument: Fault = ['lacks its argument', 'give the argument after it, as qemu(1) shows'];
const notText: Fault = [
  'holds bytes that are not UTF-8',
  'rename the file, or give QEMU a link to it whose name is plain',
];

function lacksArgument(option: string | null): boolean {
  return option !== null && takesArgument(option) === true;
}
