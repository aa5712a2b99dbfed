import { escapeHtml } from '../formats/html.ts';
import { verdictOf } from './audit-document.ts';
import { capitalise, renderSentence, renderSign, words } from './audit-page-marks.ts';
import { renderMatrix } from './audit-page-matrix.ts';
import { renderProcess } from './audit-page-process.ts';
import { pageStyle } from './audit-page-style.ts';
import { describeCounts } from './describe-counts.ts';
import type { Audit, Judgement, Verdict } from './judgement.ts';

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
  const judgements = sortByVerdict(audit.judgements);
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
<p>Audited on ${escapeHtml(time)} by <code>provision audit</code></p>
</header>
<main>
${renderVerdict(audit)}${renderFindings(audit)}${renderMatrix(judgements)}${judgements.map(renderProcess).join('')}</main>
</body>
</html>
`;
}

// What needs looking at comes first; the rest stays as the kernel lists it.
function sortByVerdict(judgements: readonly Judgement[]): readonly Judgement[] {
  const order: readonly Verdict[] = ['fail', 'warn', 'pass'];
  return order.flatMap((wanted) => judgements.filter(({ verdict }) => verdict === wanted));
}

function renderVerdict(audit: Audit): string {
  const verdict = verdictOf(audit);
  return `<section class="verdict ${verdict}" aria-labelledby="verdict"><h2 id="verdict">${renderSign(verdict)} <span class="hidden">Verdict: </span>${capitalise(words[verdict])}</h2>
<p>${describeVerdict(audit, verdict)}${capitalise(describeCounts(audit))}.</p></section>\n`;
}

function describeVerdict({ judgements, isComplete }: Audit, verdict: Verdict): string {
  if (verdict === 'fail') return 'QEMU runs with privileges that it must not have. ';
  if (!isComplete) return 'Nothing that was seen fails, but not everything could be seen. ';
  if (verdict === 'warn') return 'QEMU runs without privileges, but could be confined better. ';
  return judgements.length === 0 ? '' : 'QEMU runs without privileges, and confined. ';
}

function renderFindings({ findings }: Audit): string {
  if (findings.length === 0) return '';
  const items = findings.map(({ message, hint }) => {
    return `<li>${renderSentence(message)} ${renderSentence(hint)}</li>\n`;
  });
  return `<section aria-labelledby="blind"><h2 id="blind">What could not be seen</h2>
<ul>
${items.join('')}</ul></section>\n`;
}
