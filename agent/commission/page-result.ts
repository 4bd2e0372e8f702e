// The page's verdict in numbers: each criterion with its interval, and how the passages are known.

import { type Html, html } from './html.ts';
import { type Criterion, knowsMissed, type Report } from './report-schema.ts';
import type { Words } from './words.ts';

export function criteriaSection({ criteria, standard, delivery, passages }: Report, words: Words): Html {
  const { text } = words;
  const rows = criteria.map((criterion) => {
    const limit = standard.delivered ? words.ms(standard.delivered.mostMs) : '';
    return html`<tr><th scope="row">${text(`criteria.${criterion.id}`, { limit })}</th>
<td>${measuredOf(criterion, delivery, words)}</td>
<td>${wantedOf(criterion, words)}</td>
<td><span class="mark ${criterion.verdict}">${text(`criterionVerdict.${criterion.verdict}`)}</span></td></tr>\n`;
  });
  const notes = criteria.flatMap(({ notes }) => notes);
  const blind = passages.blindShare ?? 0;
  return html`<section aria-labelledby="criteria"><h2 id="criteria">${text('criteria.heading')}</h2>
<div class="wide-table"><table class="stacked"><thead><tr><th scope="col">${text('criteria.criterion')}</th><th scope="col">${text('criteria.measured')}</th><th scope="col">${text('criteria.wanted')}</th><th scope="col">${text('criteria.verdict')}</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
${notes.map((note) => html`<p class="note">${text(`notes.${note}`, { share: words.percent(blind, 0) })}</p>`)}
</section>`;
}

function measuredOf(criterion: Criterion, delivery: Report['delivery'], words: Words): Html {
  const { text } = words;
  const { id, value, count, n, interval, verdict, needed, limit } = criterion;
  if (value === null) return html`${text('criteria.nothing')}`;
  if (id === 'clock') return html`${words.ms(value)}`;
  const [low, high] = interval ?? [0, 1];
  const more =
    verdict !== 'undecided'
      ? ''
      : needed !== null
        ? text('criteria.needed', { n: words.number(needed) })
        : value < limit
          ? text('criteria.shareTooLow')
          : '';
  return html`${words.percent(value)} <span class="soft">${text('criteria.ofCount', { count: words.number(count ?? 0), n: words.number(n ?? 0) })}</span>
<small>${text('criteria.interval', { low: words.percent(low), high: words.percent(high) })}</small>
${id === 'delivered' && delivery.p95Ms !== null && html`<small>${text('criteria.p95', { ms: words.ms(delivery.p95Ms) })}</small>`}
${more && html`<small>${more}</small>`}`;
}

function wantedOf({ id, limit, margin }: Criterion, words: Words): Html {
  const { text } = words;
  if (id === 'clock') return html`${text('criteria.most', { limit: words.ms(limit) })}`;
  const least = text('criteria.least', { limit: words.percent(limit, digitsOf(limit)) });
  if (margin === null) return html`${least}`;
  const low = limit - margin;
  return html`${least}<small>${text('criteria.margin', { limit: words.percent(low, digitsOf(low)) })}</small>`;
}

/** 98 %, but 99.5 % */
const digitsOf = (share: number) => (Math.abs(share * 100 - Math.round(share * 100)) < 1e-6 ? 0 : 1);

export function passagesSection({ passages, misreads }: Report, words: Words): Html {
  const { text } = words;
  const { method, reads, captured, missed, checked, moments, blindShare } = passages;
  const kinds = ['right', 'wrong', 'unreadable', 'no-plate', 'again'] as const;
  const total = kinds.reduce((sum, kind) => sum + checked[kind], 0);
  const found = kinds
    .filter((kind) => checked[kind] > 0)
    .map((kind) => `${words.number(checked[kind])} ${text(`passages.${kind}`)}`)
    .join(', ');
  const row = (name: string, value: Html | string) =>
    html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`;
  const confusions = misreads.map(
    ({ was, read, count }) =>
      html`<li>${text('passages.misread', {
        was: was || text('passages.nothingThere'),
        read: read || text('passages.nothingRead'),
        count: words.number(count),
      })}</li>`,
  );
  return html`<section aria-labelledby="passages"><h2 id="passages">${text('passages.heading')}</h2>
<p>${text(`passages.intro.${method}`)}</p>
<table class="facts"><tbody>
${row(text('passages.reads'), words.number(reads))}
${row(text('passages.captured'), words.number(captured))}
${row(text('passages.missed'), knowsMissed(passages) ? words.number(missed) : '–')}
${row(text('passages.checked'), html`${words.number(total)}${found && html`<small>${found}</small>`}`)}
${method === 'motion' && row(text('passages.moments'), text('passages.momentsText', { found: words.number(moments.found), answered: words.number(moments.answered) }))}
${method === 'motion' && blindShare !== null && row(text('passages.blind'), words.percent(blindShare, 0))}
</tbody></table>
${confusions.length > 0 && html`<h3>${text('passages.misreads')}</h3><ul>${confusions}</ul>`}
</section>`;
}
