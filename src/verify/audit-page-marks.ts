import { escapeHtml } from '../formats/html.ts';
import type { Property, Status } from './judgement.ts';

/** What a status is called. */
export const words: Readonly<Record<Status, string>> = {
  pass: 'pass',
  warn: 'warning',
  fail: 'fail',
  info: 'for information',
  unread: 'not seen',
};

const signs: Readonly<Record<Status, string>> = {
  pass: '✓',
  warn: '!',
  fail: '✗',
  info: 'i',
  unread: '?',
};

/** The sign of a status, for the eye alone. */
export function renderSign(status: Status): string {
  return `<span class="sign ${status}" aria-hidden="true">${signs[status]}</span>`;
}

/** The sign and its word, which is what a screen reader says. */
export function renderMark(status: Status): string {
  return `${renderSign(status)} <span class="word">${words[status]}</span>`;
}

/** A message as an escaped sentence, or nothing. A name of the kernel's at its start keeps its small letter. */
export function renderSentence(text: string): string {
  if (text === '') return '';
  const isName = /^[a-z]+_/.test(text);
  return `${escapeHtml(isName ? text : capitalise(text))}.`;
}

export function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Properties that are read together: a group of the table's columns, a part of a process's list. */
export interface Group {
  readonly title: string;
  readonly properties: readonly Property[];
}

const groups: readonly (readonly [string, readonly string[]])[] = [
  ['Identity', ['user', 'groups']],
  ['Capabilities', ['effective', 'permitted', 'inheritable', 'ambient', 'bounding']],
  ['Confinement', ['no-new-privs', 'seccomp', 'threads', 'files']],
];

/** All properties in their groups; what is in none of them is for information. */
export function groupProperties(properties: readonly Property[]): readonly Group[] {
  const named = groups.map(([title, ids]) => ({
    title,
    properties: properties.filter(({ id }) => ids.includes(id)),
  }));
  const known = groups.flatMap(([, ids]) => ids);
  const rest = properties.filter(({ id }) => !known.includes(id));
  return [...named, { title: 'For information', properties: rest }];
}
