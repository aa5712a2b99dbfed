import { escapeHtml } from '../formats/html.ts';
import { nameOf } from './audit-document.ts';
import { type Group, groupProperties, renderMark, renderSign, words } from './audit-page-marks.ts';
import type { Judgement, Property, Status } from './judgement.ts';

/** The table of processes and properties; each cell leads to its explanation. */
export function renderMatrix(judgements: readonly Judgement[]): string {
  const [first] = judgements;
  if (first === undefined) return '';
  return `<section aria-labelledby="matrix"><h2 id="matrix">Processes and their properties</h2>
<p class="legend">${renderLegend()} <a class="skip" href="#p${first.facts.pid}">Skip the table</a></p>
<div class="scroll" role="group" aria-label="The table, to be scrolled sideways" tabindex="0">
<table>
<caption><span>One row for each process, what fails first. Each value leads to its explanation below.</span></caption>
${renderHead(groupProperties(first.properties))}<tbody>
${judgements.map(renderRow).join('')}</tbody>
</table>
</div></section>\n`;
}

function renderLegend(): string {
  const all: readonly Status[] = ['pass', 'warn', 'fail', 'unread', 'info'];
  return all.map((status) => `<span>${renderMark(status)}</span>`).join(' ');
}

function renderHead(groups: readonly Group[]): string {
  const columns = groups.map(({ properties }, index) => {
    return `<colgroup${more(groups, index)} span="${properties.length}"></colgroup>`;
  });
  const titles = groups.map(({ title, properties }, index) => {
    return `<th scope="colgroup"${more(groups, index)} colspan="${properties.length}">${title}</th>`;
  });
  const heads = groups.flatMap(({ properties }, index) =>
    properties.map(({ title }, place) => {
      const edge = place === 0 ? 'edge' : '';
      return `<th scope="col"${more(groups, index, edge)}>${escapeHtml(title)}</th>`;
    }),
  );
  const fixed = ['Process', 'Verdict', 'Started by'].map(
    (title) => `<th scope="col" rowspan="2">${title}</th>`,
  );
  return `<colgroup span="${fixed.length}"></colgroup>${columns.join('')}
<thead><tr>${fixed.join('')}${titles.join('')}</tr>
<tr>${heads.join('')}</tr></thead>\n`;
}

// The last group is left out on paper, where the lists below have it.
function more(groups: readonly Group[], index: number, edge = ''): string {
  const names = [index === groups.length - 1 ? 'more' : '', edge].filter((name) => name !== '');
  return names.length === 0 ? '' : ` class="${names.join(' ')}"`;
}

function renderRow({ facts, verdict, properties }: Judgement): string {
  const { pid, startedBy } = facts;
  const groups = groupProperties(properties);
  const cells = groups.flatMap((group, index) => {
    const kind = index === groups.length - 1 ? ' more' : '';
    return group.properties.map((property, place) => {
      return renderCell(pid, property, `${kind}${place === 0 ? ' edge' : ''}`);
    });
  });
  return `<tr><th scope="row"><a href="#p${pid}">${escapeHtml(nameOf(facts))}</a> <small>pid ${pid}</small></th><td>${renderMark(verdict)}</td><td>${startedBy}</td>${cells.join('')}</tr>\n`;
}

function renderCell(pid: number, { id, value, status }: Property, kind: string): string {
  return `<td class="${status}${kind}"><a href="#p${pid}-${id}">${renderSign(status)}<span class="hidden">${words[status]}: </span>${escapeHtml(value)}</a></td>`;
}
