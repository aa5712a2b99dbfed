import { escapeHtml } from '../formats/html.ts';
import { nameOf } from './audit-document.ts';
import {
  type Group,
  groupProperties,
  renderMark,
  renderSentence,
  renderSign,
  words,
} from './audit-page-marks.ts';
import type { Judgement, Property } from './judgement.ts';
import type { ProcessFacts } from './process-facts.ts';

/** One process, each of its properties explained. */
export function renderProcess({ facts, verdict, properties }: Judgement): string {
  const { pid } = facts;
  const parts = groupProperties(properties).map((group) => renderGroup(pid, group));
  return `<section aria-labelledby="p${pid}"><h2 id="p${pid}" tabindex="-1">${renderSign(verdict)} ${escapeHtml(nameOf(facts))} <small>pid ${pid}, ${words[verdict]}</small></h2>
<p>${escapeHtml(describeOrigin(facts))}</p>
${parts.join('')}<p class="back"><a href="#matrix">Back to all processes</a></p></section>\n`;
}

function describeOrigin({ startedBy, evidence }: ProcessFacts): string {
  if (startedBy === 'other')
    return `Started neither by libvirt nor by qemu-launch, as far as can be seen; its parent: ${evidence}.`;
  return `Started by ${startedBy}, as ${evidence} says.`;
}

function renderGroup(pid: number, { title, properties }: Group): string {
  const rows = properties.map((property) => renderProperty(pid, property));
  return `<h3>${title}</h3>
<dl>
${rows.join('')}</dl>\n`;
}

function renderProperty(pid: number, property: Property): string {
  const { id, title, value, status, explanation, hint } = property;
  const code = value === words[status] ? '' : ` <code>${escapeHtml(value)}</code>`;
  const advice = hint === '' ? '' : ` <span class="hint">To do: ${escapeHtml(hint)}.</span>`;
  return `<div id="p${pid}-${id}" class="${status}" tabindex="-1"><dt>${escapeHtml(title)}</dt><dd>${renderMark(status)}${code}</dd><dd>${renderSentence(explanation)}${advice}</dd></div>\n`;
}
