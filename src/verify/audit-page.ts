import { escapeHtml } from '../formats/html.ts';
import { nameOf, verdictOf } from './audit-document.ts';
import { pageStyle } from './audit-page-style.ts';
import type { Audit, Judgement, Property, Status } from './judgement.ts';

/** What the page says of itself. */
export interface PageOrigin {
  /** The audited machine's name. */
  readonly host: string;
  /** When it was audited, as people read it. */
  readonly time: string;
}

/**
 * The audit as one page that needs neither network nor script: HTML that is XML as well.
 * Pure; everything in it that a process may have chosen is escaped.
 */
export function renderPage(audit: Audit, { host, time }: PageOrigin): string {
  const title = `QEMU privileges on ${host}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>${escapeHtml(title)}</title>
<style>
${pageStyle}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>Audited on ${escapeHtml(time)} by <code>provision audit</code>.</p>
</header>
<main>
${renderVerdict(audit)}${renderFindings(audit)}${renderMatrix(audit.judgements)}${renderDetails(audit.judgements)}</main>
</body>
</html>
`;
}

function renderVerdict(audit: Audit): string {
  const verdict = verdictOf(audit);
  return `<p class="verdict ${verdict}" role="status"><strong>${renderMark(verdict)}</strong> ${escapeHtml(describeCounts(audit))}</p>\n`;
}

const words: Readonly<Record<Status, string>> = {
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

// The sign is for the eye; a screen reader says the word.
function renderMark(status: Status): string {
  return `<span class="sign ${status}" aria-hidden="true">${signs[status]}</span> <span class="word">${words[status]}</span>`;
}

/** The whole in one sentence. */
export function describeCounts({ judgements }: Audit): string {
  const count = (wanted: string) => judgements.filter(({ verdict }) => verdict === wanted).length;
  const all = judgements.length;
  if (all === 0) return 'no QEMU process was found';
  const processes = all === 1 ? '1 QEMU process' : `${all} QEMU processes`;
  return `${processes}: ${count('fail')} fail, ${count('warn')} with warnings, ${count('pass')} pass`;
}

function renderFindings({ findings }: Audit): string {
  if (findings.length === 0) return '';
  const items = findings.map(({ message, hint }) => {
    return `<li>${escapeHtml(sentence(message))} ${escapeHtml(sentence(hint))}</li>\n`;
  });
  return `<section aria-labelledby="blind"><h2 id="blind">What could not be seen</h2>
<ul>
${items.join('')}</ul></section>\n`;
}

/** A message as a sentence. */
function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function renderMatrix(judgements: readonly Judgement[]): string {
  const [first] = judgements;
  if (first === undefined) return '';
  const heads = first.properties.map(({ title }) => `<th scope="col">${escapeHtml(title)}</th>`);
  return `<section aria-labelledby="matrix"><h2 id="matrix">Processes and their properties</h2>
<p>Each value leads to its explanation below. ${renderLegend()}</p>
<div class="scroll" role="region" aria-labelledby="matrix" tabindex="0">
<table>
<caption>One row for each process, one column for each property</caption>
<thead><tr><th scope="col">Process</th><th scope="col">Verdict</th><th scope="col">Started by</th>${heads.join('')}</tr></thead>
<tbody>
${judgements.map(renderRow).join('')}</tbody>
</table>
</div></section>\n`;
}

function renderLegend(): string {
  const all: readonly Status[] = ['pass', 'warn', 'fail', 'unread', 'info'];
  return all.map((status) => `<span class="legend">${renderMark(status)}</span>`).join(' ');
}

function renderRow(judgement: Judgement): string {
  const { facts, verdict, properties } = judgement;
  const cells = properties.map((property) => renderCell(facts.pid, property));
  return `<tr><th scope="row"><a href="#p${facts.pid}">${escapeHtml(nameOf(facts))}</a> <small>pid ${facts.pid}</small></th><td>${renderMark(verdict)}</td><td>${facts.startedBy}</td>${cells.join('')}</tr>\n`;
}

function renderCell(pid: number, { id, value, status }: Property): string {
  return `<td class="${status}"><a href="#p${pid}-${id}"><span class="sign ${status}" aria-hidden="true">${signs[status]}</span><span class="hidden">${words[status]}: </span>${escapeHtml(value)}</a></td>`;
}

function renderDetails(judgements: readonly Judgement[]): string {
  return judgements.map(renderProcess).join('');
}

function renderProcess({ facts, verdict, properties }: Judgement): string {
  const { pid, startedBy, evidence } = facts;
  return `<section aria-labelledby="p${pid}"><h2 id="p${pid}">${escapeHtml(nameOf(facts))} <small>pid ${pid}, ${words[verdict]}</small></h2>
<p>Started by ${startedBy} (${escapeHtml(evidence)}).</p>
<dl>
${properties.map((property) => renderProperty(pid, property)).join('')}</dl>
<p class="back"><a href="#matrix">Back to all processes</a></p></section>\n`;
}

function renderProperty(pid: number, property: Property): string {
  const { id, title, value, status, explanation, hint } = property;
  const advice = hint === '' ? '' : ` <em>To do: ${escapeHtml(hint)}.</em>`;
  return `<div id="p${pid}-${id}" class="${status}" tabindex="-1"><dt>${escapeHtml(title)}</dt><dd>${renderMark(status)} <code>${escapeHtml(value)}</code> ${escapeHtml(sentence(explanation))}${advice}</dd></div>\n`;
}
