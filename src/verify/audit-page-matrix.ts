import { escapeHtml } from '../formats/html.ts';
import { nameOf } from './audit-document.ts';
import { groupProperties, renderMark, renderSign, words } from './audit-page-marks.ts';
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
${renderHead(first.properties)}<tbody>
${judgements.map(renderRow).join('')}</tbody>
</table>
</div></section>\n`;
}

function renderLegend(): string {
  const all: readonly Status[] = ['pass', 'warn', 'fail', 'unread', 'info'];
  return all.map((status) => `<span>${renderMark(status)}</span>`).join(' ');
}

const fixed = ['Process', 'Verdict', 'Started by'];

function renderHead(properties: readonly Property[]): string {
  const groups = groupProperties(properties).map(
    ({ title, properties: { length } }, index, all) => {
      return { title, length, kind: index === all.length - 1 ? 'more' : '' };
    },
  );
  const spans = groups.map(
    ({ length, kind }) => `<colgroup class="${kind}" span="${length}"></colgroup>`,
  );
  const titles = groups.map(({ title, length, kind }) => {
    return `<th scope="colgroup" class="${kind}" colspan="${length}">${title}</th>`;
  });
  const heads = columnsOf(properties).map(({ property, kind }) => {
    return `<th scope="col" class="${kind}">${escapeHtml(property.title)}</th>`;
  });
  const starts = fixed.map((title) => `<th scope="col" rowspan="2">${title}</th>`);
  return `<colgroup span="${fixed.length}"></colgroup>${spans.join('')}
<thead><tr>${starts.join('')}${titles.join('')}</tr>
<tr>${heads.join('')}</tr></thead>\n`;
}

interface Column {
  readonly property: Property;
  /** `edge`: the first of its group; `more`: of the last group, which is left out on paper, where the lists have it. */
  readonly kind: string;
}

function columnsOf(all: readonly Property[]): readonly Column[] {
  return groupProperties(all).flatMap(({ properties }, index, { length }) => {
    const more = index === length - 1 ? ' more' : '';
    return properties.map((property, place) => {
      return { property, kind: `${place === 0 ? 'edge' : ''}${more}`.trim() };
    });
  });
}

function renderRow({ facts, verdict, properties }: Judgement): string {
  const { pid, startedBy } = facts;
  const cells = columnsOf(properties).map((column) => renderCell(pid, column));
  return `<tr><th scope="row"><a href="#p${pid}">${escapeHtml(nameOf(facts))}</a> <small>pid ${pid}</small></th><td>${renderMark(verdict)}</td><td>${startedBy}</td>${cells.join('')}</tr>\n`;
}

function renderCell(pid: number, { property: { id, value, status }, kind }: Column): string {
  return `<td class="${status} ${kind}"><a href="#p${pid}-${id}">${renderSign(status)}<span class="hidden">${words[status]}: </span>${escapeHtml(value)}</a></td>`;
}
