import { styleText } from 'node:util';
import { withoutControls } from '../errors.ts';
import { isToDo, type RevertChange } from '../host/revert/revert-change.ts';

const marks = { create: '+', update: '~', remove: '-', none: ' ' } as const;
const colours = { create: 'green', update: 'yellow', remove: 'red', none: 'gray' } as const;

/** What a revert does, for people: a line for each change, `-` for what is removed and `~` for what is given back. */
export function printRevert(changes: readonly RevertChange[], hasColour: boolean): string {
  const pending = changes.filter(isToDo);
  if (pending.length === 0) return 'no changes\n';
  const lines = pending.map((change) => `${printChange(change, hasColour)}\n`);
  return `${lines.join('')}${printCounts(pending)}\n`;
}

function printChange(change: RevertChange, hasColour: boolean): string {
  const { kind, id, action } = change;
  const line = withoutControls(`${kind} ${id} ${describeChange(change)}`.trimEnd());
  const text = `${marks[action]} ${line}`;
  return hasColour ? styleText(colours[action], text) : text;
}

function describeChange(change: RevertChange): string {
  switch (change.kind) {
    case 'group':
      return `(gid ${change.before?.gid})`;
    case 'user':
      return `(uid ${change.before?.uid})`;
    case 'membership':
      return '';
    case 'file':
      return describeFile(change);
    case 'device':
      return `(${describeOwner(change.before)} -> ${describeOwner(change.after)})`;
  }
}

function describeFile({ before, after }: Extract<RevertChange, { kind: 'file' }>): string {
  if (before === null || after === null) return '';
  const [from, to] = [`${before.uid}:${before.gid}`, `${after.uid}:${after.gid}`];
  const differences = [
    before.sha256 === after.sha256 ? '' : 'content',
    before.mode === after.mode ? '' : `mode ${before.mode} -> ${after.mode}`,
    from === to ? '' : `owner ${from} -> ${to}`,
  ];
  return `(${differences.filter((text) => text !== '').join(', ')})`;
}

function describeOwner(value: Extract<RevertChange, { kind: 'device' }>['before']): string {
  return value === null ? 'nothing' : `${value.uid}:${value.group} ${value.mode}`;
}

function printCounts(pending: readonly RevertChange[]): string {
  const removed = pending.filter(({ action }) => action === 'remove').length;
  return `${pending.length - removed} to give back, ${removed} to remove`;
}
